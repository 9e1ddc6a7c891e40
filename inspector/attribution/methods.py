"""The methods there are: every way to attribute a class score to the image.

Gradients: Simonyan et al. 2013 (saliency), Sundararajan et al. 2017 (Integrated Gradients),
Lundberg & Lee 2017 (SHAP), Shrikumar et al. 2017 (DeepLIFT), Springenberg et al. 2014 (guided),
Selvaraju et al. 2017 (Grad-CAM), Smilkov et al. 2017 (SmoothGrad). Covering: Zeiler & Fergus 2014,
Ribeiro et al. 2016 (LIME).
"""

from collections.abc import Mapping

from inspector.attribution.method import Method, Option

STEPS = Option("steps", "Steps", 32, 2, 256, 1, "Points on the path at which a gradient is taken.")
DRAWS = Option("draws", "Draws", 20, 1, 200, 1, "Random points at which a gradient is taken.")
SAMPLES = Option(
    "samples", "Samples", 200, 20, 2000, 1, "Images with random superpixels in the mean colour."
)
PATCHES = Option(
    "patches", "Patches", 8, 2, 32, 1, "How many patches make up the shorter side of the image."
)
SEGMENTS = Option(
    "segments", "Superpixels", 40, 4, 200, 1, "About how many superpixels (SLIC) the image has."
)
NOISY = Option(
    "noisy",
    "Noisy copies",
    0,
    0,
    64,
    1,
    "SmoothGrad: the mean over so many copies of the image with noise; 0 for the image alone.",
)
NOISE = Option(
    "noise", "Noise", 0.15, 0.01, 0.5, 0.01, "Deviation of that noise, as a share of the range."
)
SEED = Option("seed", "Seed", 0, 0, 9999, 1, "Of the random numbers.")

SMOOTH = (NOISY, NOISE, SEED)
DIFFERENCE = "logit of the image minus that of a picture of the mean colour"
PLACES = "Red raised the logit above that of a picture of the mean colour, blue lowered it."
SLOPES = (
    "Red: a brighter pixel would raise the logit; blue: a darker one would. The sign says nothing "
    "of what the pixel, as it is, adds to it."
)

_DECLARED = (
    Method(
        "integrated_gradients",
        "Integrated Gradients",
        "(x - mean colour) x mean gradient on the straight path between them, summed over rgb",
        PLACES,
        options=(STEPS, *SMOOTH),
        total=DIFFERENCE,
    ),
    Method(
        "saliency",
        "Saliency",
        "gradient of the logit, summed over rgb",
        SLOPES,
        units="logit per unit of input",
        options=SMOOTH,
        local=True,
    ),
    Method(
        "grad_cam",
        "Grad-CAM",
        "sum over channels of pooled gradient x feature, before any ReLU",
        "Red: the features at this place speak for the class, blue: against it.",
        needs=("feature_map",),
    ),
    Method(
        "input_x_gradient",
        "Input x Gradient",
        "(x - mean colour) x gradient of the logit at x, summed over rgb",
        "Red: to fade the pixel to the mean colour would lower the logit if it went on as it "
        "begins, blue: raise it.",
        options=SMOOTH,
    ),
    Method(
        "gradient_shap",
        "Gradient SHAP",
        "mean over random points between x and black, mean colour or white of (x - that picture) x "
        "gradient, summed over rgb",
        "Red raised the logit above the mean of a black, a white and a mean-coloured picture, blue "
        "lowered it.",
        options=(DRAWS, SEED),
        total="logit of the image minus the mean of those pictures as they were drawn",
    ),
    Method(
        "deep_lift",
        "DeepLift",
        "(x - mean colour) x product of the slopes that each activation really had, summed over "
        "rgb (rescale rule)",
        PLACES,
        needs=("rescaling",),
        total=DIFFERENCE,
    ),
    Method(
        "guided_backprop",
        "Guided Backprop",
        "gradient of the logit with every ReLU passing positive gradients alone, summed over rgb",
        "Red: a brighter pixel would raise the logit by ways that are positive throughout; blue: a "
        "darker one would. It is known to look alike for every class.",
        units="logit per unit of input",
        options=SMOOTH,
        needs=("rectifiers",),
        local=True,
    ),
    Method(
        "guided_grad_cam",
        "Guided Grad-CAM",
        "Guided Backprop x the positive part of Grad-CAM, each cell over the pixels it covers",
        "Red and blue as in Guided Backprop, where the features speak for the class; 0 elsewhere.",
        units="logit x logit per unit of input",
        needs=("feature_map", "rectifiers"),
        local=True,
    ),
    Method(
        "occlusion",
        "Occlusion",
        "fall of the logit when a patch in the mean colour covers the place",
        "Red: to cover the place lowers the logit, blue: raises it. All pixels of a patch share "
        "its value.",
        options=(PATCHES,),
    ),
    Method(
        "feature_ablation",
        "Superpixel ablation",
        "fall of the logit when the superpixel is painted in the mean colour",
        "Red: to cover the superpixel lowers the logit, blue: raises it. All its pixels share its "
        "value.",
        options=(SEGMENTS,),
    ),
    Method(
        "lime",
        "LIME",
        "coefficient of the superpixel in a ridge regression of the logit on which are there, near "
        "samples (cosine distance, width 0.25) counting more",
        "Red: where the superpixel is there, the logit is higher, blue: lower; the others come and "
        "go at random. All its pixels share its value.",
        options=(SEGMENTS, SAMPLES, SEED),
    ),
    Method(
        "kernel_shap",
        "Kernel SHAP",
        "estimated Shapley value of the superpixel: its mean share in the logit over all orders in "
        "which superpixels could be added to the mean colour",
        "Red: the superpixel raised the logit above that of the mean colour, blue lowered it. All "
        "its pixels share its value.",
        options=(SEGMENTS, SAMPLES, SEED),
    ),
)

METHODS: Mapping[str, Method] = {method.key: method for method in _DECLARED}


def method_of(key: str) -> Method:
    """The method with this key.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if key not in METHODS:
        raise ValueError(f"No attribution is called '{key}'; there are: {', '.join(METHODS)}.")
    return METHODS[key]
