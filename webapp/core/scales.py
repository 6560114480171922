"""What the indicator says: its meaning changed, and history keeps rows of every meaning.

Values of different scales are never averaged, joined or compared.
"""

MEAN_PROBABILITY, SHARE_RISEN = 1, 2
# By which `core.indicator` counts, and new rows are written.
PRESENT_SCALE = SHARE_RISEN
MEANINGS = {
    MEAN_PROBABILITY: "how probable the watched expressions are, as the mean over the faces in "
    "view",
    SHARE_RISEN: "the share of people in view who show the watched expressions clearly beyond "
    "their own resting face",
}
SCALE_CHANGED = (
    f"Values from before and after cannot be compared: the indicator was "
    f"{MEANINGS[MEAN_PROBABILITY]}; now it is {MEANINGS[SHARE_RISEN]}."
)
