"""Calls and texts in Python's syntax trees, as the rules look at them."""

import ast


def called_name(node: ast.AST) -> str | None:
    """`f` of `f(...)` and of `a.b.f(...)`."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else None


def called_on(node: ast.Call) -> str | None:
    """`a` of `a.f(...)`."""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.value.id
    return None


def text_of(node: ast.AST | None) -> str | None:
    """The text that a node is, as far as it is written out: of an f-string, what stands between its places."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "?" for part in node.values)
    return None


def texts_in(node: ast.AST | None) -> list[str]:
    """All texts of a text, a list or a tuple of texts, or anything around them."""
    if node is None:
        return []
    return [text for part in ast.walk(node) if (text := text_of(part)) is not None]


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """An argument by its place or its name."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place < len(call.args) else None
