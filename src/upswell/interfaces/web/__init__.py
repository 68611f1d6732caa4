"""The pages: plain HTML whose every filter, page and drill is a link or a form."""
