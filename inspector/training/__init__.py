"""Training makes the small networks that ship, by recipes that anyone can repeat."""

from inspector.training.recipe import RECIPES, Recipe

__all__ = ["RECIPES", "Recipe"]
