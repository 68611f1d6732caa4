"""Charts: rows of figures in, an Altair chart out; `render.svg` makes it a drawing that a page can hold."""
