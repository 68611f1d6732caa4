"""The documentation: pages for people, and the programs that keep their generated parts and examples true."""
