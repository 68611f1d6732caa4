"""The generated parts of the pages: one module for each subject, each part a function that returns Markdown."""
