def page(title, rows):
    body = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows)
    return f"<h1>{title}</h1><table>{body}</table>"
