"""A second pass is what a costly view asks for: the same model on the same image, as it was."""

from inspector.inspection import Inspection


def no_second_pass(inspection: Inspection) -> str | None:
    """The sentence why the network cannot run again as it did; None if it can."""
    if inspection.model is None:
        return (
            "Needs the model itself, which a saved capture does not hold: inspect the image again."
        )
    if inspection.about.get("interventions"):
        return (
            "Needs an inspection without interventions: it runs the network again, and would show "
            "the unedited one."
        )
    return None
