"""What the pages load: style, script, rules; `web/assets.py` serves them."""
