"""A card is what is known of a network before it is built: its name, data, size and source.

Cards are plain data and importing them is instant, so a list of models never waits for torch.
The data values are those the authors evaluated with; parameter counts were measured on the
authors' code.
"""

from dataclasses import dataclass, replace

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CIFAR_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR_STD = (0.2023, 0.1994, 0.2010)

_MRLA = "Cross-Layer Retrospective Retrieving via Layer Attention, ICLR 2023, arXiv:2302.03985"
_DIA = "DIANet: Dense-and-Implicit Attention Network, AAAI 2020, arXiv:1905.10671"
_SHARED = "Layer-wise sharing of attention modules, arXiv:2210.16101"
_EXTERNAL = "Beyond Self-attention: External Attention, arXiv:2105.02358"
_SE = "Squeeze-and-Excitation Networks, CVPR 2018, arXiv:1709.01507"
_ECA = "ECA-Net: Efficient Channel Attention, CVPR 2020, arXiv:1910.03151"
_CBAM = "CBAM: Convolutional Block Attention Module, ECCV 2018, arXiv:1807.06521"
_EFFICIENTNET = "EfficientNet: Rethinking Model Scaling, ICML 2019, arXiv:1905.11946"
_DEIT = "Training data-efficient image transformers, ICML 2021, arXiv:2012.12877"
_RESNET = "Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385"
_VIT = "An Image is Worth 16x16 Words, ICLR 2021, arXiv:2010.11929"

NO_ATTENTION = "none"
"""Family of a network that others are held against: there is nothing in it to be looked at."""


@dataclass(frozen=True)
class Card:
    """What is known of a network before it is built.

    Attributes:
        name: the name `load_model` and `timm.create_model` take.
        title: the name a reader sees.
        family: the mechanism it carries, as in "MRLA light"; "timm" for a network that only that
            library knows.
        parameters: number of parameters at the card's own class count and input size.
        source: the paper, or an address; empty where timm knows none.
        kind: what it puts out, "classification" or "segmentation".
        input_size: channels, height, width of the image it was evaluated with.
        mean: per channel, of pixels in [0, 1].
        std: per channel, of pixels in [0, 1].
        interpolation: how an image is resized.
        crop_pct: share of the resized image that the centre crop keeps.
        num_classes: number of logits.
        label_set: what the logits name ("imagenet-1k", "pascal-voc"), None when unknown.
        labels: names of the classes where the user gave them.
        classifier: parameter prefix of the last layer.
        fixed_input_size: True when the network is built for one image size (`img_size`).
        has_weights: True when trained weights can be had for it, with `pretrained=True`.
        named_by: who says what the classes are, where the user did: the set, or file and digest.
    """

    name: str
    title: str
    family: str
    parameters: int
    source: str
    kind: str = "classification"
    input_size: tuple[int, int, int] = (3, 224, 224)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    interpolation: str = "bilinear"
    crop_pct: float = 0.875
    num_classes: int = 1000
    label_set: str | None = "imagenet-1k"
    classifier: str = "fc"
    fixed_input_size: bool = False
    has_weights: bool = False
    labels: tuple[str, ...] | None = None
    named_by: str = ""


def _resnet(name: str, title: str, family: str, parameters: int) -> Card:
    return Card(name, title, family, parameters, _MRLA)


def _vit(name: str, title: str, family: str, parameters: int) -> Card:
    return Card(
        name,
        title,
        family,
        parameters,
        _MRLA,
        interpolation="bicubic",
        classifier="head",
        fixed_input_size=True,
    )


def _efficientnet(name: str, title: str, parameters: int, side: int) -> Card:
    return Card(
        name,
        title,
        "MRLA light",
        parameters,
        _MRLA,
        input_size=(3, side, side),
        interpolation="bicubic",
        classifier="classifier",
    )


def _cifar(name: str, title: str, parameters: int, classifier: str = "fc") -> Card:
    return Card(
        name,
        title,
        "DIA",
        parameters,
        _DIA,
        input_size=(3, 32, 32),
        mean=CIFAR_MEAN,
        std=CIFAR_STD,
        crop_pct=1.0,
        num_classes=100,
        label_set="cifar-100",
        classifier=classifier,
    )


def _demonstration(name: str, title: str, family: str, parameters: int, source: str) -> Card:
    """A network small enough to ship with trained weights."""
    card = _cifar(name, title, parameters, "head" if "vit" in name else "fc")
    return replace(
        card,
        family=family,
        source=source,
        num_classes=10,
        label_set="cifar-10",
        fixed_input_size="vit" in name,
    )


def _shared(name: str, title: str, family: str, parameters: int, source: str = _SHARED) -> Card:
    return Card(name, title, family, parameters, source, classifier="last_linear")


def _eamlp(name: str, title: str, parameters: int) -> Card:
    return Card(
        name,
        title,
        "External attention",
        parameters,
        _EXTERNAL,
        interpolation="bicubic",
        crop_pct=0.9,
        classifier="head",
        fixed_input_size=True,
    )


def _eanet(name: str, title: str, parameters: int) -> Card:
    return Card(
        name,
        title,
        "External attention",
        parameters,
        _EXTERNAL,
        kind="segmentation",
        input_size=(3, 513, 513),
        crop_pct=1.0,
        num_classes=21,
        label_set="pascal-voc",
        classifier="fc2",
    )


def _gated(name: str, title: str, source: str, parameters: int) -> Card:
    return Card(
        name,
        title,
        title.partition("-")[0],
        parameters,
        source,
        interpolation="bicubic",
        has_weights=True,
    )


def _transformer(name: str, title: str, source: str, parameters: int) -> Card:
    return Card(
        name,
        title,
        "Self-attention",
        parameters,
        source,
        interpolation="bicubic",
        crop_pct=0.9,
        classifier="head",
        fixed_input_size=True,
        has_weights=True,
    )


_OURS = (
    _demonstration(
        "cifar_resnet56_mrlab", "CIFAR ResNet-56 MRLA-base", "MRLA base", 621_046, _MRLA
    ),
    _demonstration(
        "cifar_resnet56_mrlal", "CIFAR ResNet-56 MRLA-light", "MRLA light", 623_734, _MRLA
    ),
    _demonstration("cifar_resnet56_dia", "CIFAR ResNet-56 DIA", "DIA", 810_170, _DIA),
    _demonstration("cifar_resnet56_se", "CIFAR ResNet-56 SE", "SE", 655_834, _SE),
    _demonstration("cifar_resnet56", "CIFAR ResNet-56", NO_ATTENTION, 591_322, _RESNET),
    _demonstration(
        "cifar_vit_external",
        "CIFAR ViT with external attention",
        "External attention",
        1_316_362,
        _EXTERNAL,
    ),
    _demonstration("cifar_vit", "CIFAR ViT", "Self-attention", 897_226, _VIT),
    _resnet("resnet50_mrlab", "ResNet-50 MRLA-base", "MRLA base", 25_742_580),
    _resnet("resnet101_mrlab", "ResNet-101 MRLA-base", "MRLA base", 44_926_366),
    _resnet("resnet152_mrlab", "ResNet-152 MRLA-base", "MRLA base", 60_739_144),
    _resnet("resnet50_mrlab_plain", "ResNet-50 MRLA-base, plain stem", "MRLA base", 25_723_348),
    _resnet("resnet50_mrlal", "ResNet-50 MRLA-light", "MRLA light", 25_738_452),
    _resnet("resnet101_mrlal", "ResNet-101 MRLA-light", "MRLA light", 44_939_646),
    _resnet("resnet152_mrlal", "ResNet-152 MRLA-light", "MRLA light", 60_767_784),
    _vit("deit_mrlab_tiny_patch16_224", "DeiT-tiny MRLA-base", "MRLA base", 5_742_880),
    _vit("deit_mrlab_small_patch16_224", "DeiT-small MRLA-base", "MRLA base", 22_101_472),
    _vit("deit_mrlab_base_patch16_224", "DeiT-base MRLA-base", "MRLA base", 86_669_152),
    _vit("deit_mrlal_tiny_patch16_224", "DeiT-tiny MRLA-light", "MRLA light", 5_749_792),
    _vit("deit_mrlal_small_patch16_224", "DeiT-small MRLA-light", "MRLA light", 22_115_296),
    _vit("deit_mrlal_base_patch16_224", "DeiT-base MRLA-light", "MRLA light", 86_696_800),
    _efficientnet("efficientnet_mrlal_b0", "EfficientNet-B0 MRLA-light", 5_300_902, 224),
    _efficientnet("efficientnet_mrlal_b1", "EfficientNet-B1 MRLA-light", 7_815_798, 240),
    _vit("ceit_mrlal_tiny", "CeiT-tiny MRLA-light", "MRLA light", 6_389_280),
    _vit("ceit_mrlal_small", "CeiT-small MRLA-light", "MRLA light", 24_269_472),
    _cifar("dia_resnet", "DIA-ResNet", 1_946_132),
    _cifar("dia_preresnet", "DIA-PreResNet", 1_961_364),
    _cifar("dia_wrn", "DIA-WRN", 12_298_516),
    _cifar("dia_resnext", "DIA-ResNeXt", 33_006_020, "classifier"),
    _shared("dia_resnet50", "DIA-ResNet-50", "DIA", 28_384_612, _DIA),
    _shared("share_se_resnet50", "ResNet-50 with shared SE", "Shared SE", 26_283_992),
    _shared("share_sge_resnet50", "ResNet-50 with shared SGE", "Shared SGE", 25_584_104),
    _eamlp("eamlp_7", "EAMLP-7", 6_146_638),
    _eamlp("eamlp_10", "EAMLP-10", 8_540_110),
    _eamlp("eamlp_12", "EAMLP-12", 10_135_758),
    _eamlp("eamlp_14", "EAMLP-14", 29_877_070),
    _eamlp("eamlp_19", "EAMLP-19", 54_559_054),
    _eamlp("eamlp_24", "EAMLP-24", 89_456_590),
    _eamlp("eamlp_t_14", "EAMLP-14, transformer-style tokens", 29_877_070),
    _eamlp("eamlp_t_19", "EAMLP-19, transformer-style tokens", 54_559_054),
    _eamlp("eamlp_t_24", "EAMLP-24, transformer-style tokens", 89_456_590),
    _eanet("eanet_r50", "EANet ResNet-50", 34_846_933),
    _eanet("eanet_r101", "EANet ResNet-101", 53_839_061),
    _eanet("eanet_r152", "EANet ResNet-152", 69_482_709),
)

_COMPARISONS = (
    replace(_gated("seresnet50", "SE-ResNet-50", _SE, 28_088_024), crop_pct=0.95),
    replace(_gated("ecaresnet50t", "ECA-ResNet-50-T", _ECA, 25_573_814), input_size=(3, 256, 256)),
    Card("cbamresnet50", "CBAM-ResNet-50", "CBAM", 28_073_576, _CBAM),
    Card(
        "efficientnet_b0",
        "EfficientNet-B0",
        "SE",
        5_288_548,
        _EFFICIENTNET,
        interpolation="bicubic",
        classifier="classifier",
        has_weights=True,
    ),
    _transformer("deit_tiny_patch16_224", "DeiT-tiny", _DEIT, 5_717_416),
    _transformer("deit_small_patch16_224", "DeiT-small", _DEIT, 22_050_664),
    replace(
        _transformer("vit_base_patch16_224", "ViT-B/16", _VIT, 86_567_656),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    ),
)

CARDS: dict[str, Card] = {card.name: card for card in _OURS}
"""Every network of our own by name, in the order a list shows them."""

COMPARISONS: dict[str, Card] = {card.name: card for card in _COMPARISONS}
"""Networks of timm's layers, by name, whose attention stays within a layer: to compare ours with.

What is known of their data is timm's to say, and taken from there when one is opened.
"""

LISTED: dict[str, Card] = CARDS | COMPARISONS
"""Every network that a list shows; whatever else timm has can be opened by its name."""
