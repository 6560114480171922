"""YuNet's network for LiteRT, which runs it in half of OpenCV's time.

Its ONNX file gives the weights; the layers are written out below.
"""

from pathlib import Path

import cv2
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

# Each level of the network sees faces of other sizes, one cell per so many pixels.
STRIDES = (8, 16, 32)
LARGEST_STRIDE = STRIDES[-1]
HEADS = ("face", "box", "anything", "landmarks")
CONVOLUTIONS = 53


class _Graph:
    """Collects tensors, weights and operations of a network with one input."""

    def __init__(self) -> None:
        self._graph, self._model = schema.SubGraphT(), schema.ModelT()
        self._model.version = 3
        self._model.operatorCodes, self._model.buffers = [], [schema.BufferT()]
        self._model.subgraphs = [self._graph]
        self._graph.tensors, self._graph.operators = [], []

    def tensor(self, values: np.ndarray | None = None, channels: int = 0) -> int:
        """Add a constant, or a picture whose size is only known when it runs."""
        tensor = schema.TensorT()
        tensor.type = schema.TensorType.FLOAT32
        tensor.shape = [1, 1, 1, channels] if values is None else list(values.shape)
        if values is None:
            tensor.shapeSignature = [1, -1, -1, channels]
        else:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)
            self._model.buffers.append(buffer)
            tensor.buffer = len(self._model.buffers) - 1
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def add(self, code: int, inputs: list[int], channels: int, options: object = None) -> int:
        """Add an operation; returns its output."""
        operation, output = schema.OperatorT(), self.tensor(channels=channels)
        operation.opcodeIndex = self._code(code)
        operation.inputs, operation.outputs = inputs, [output]
        if options is not None:
            name = type(options).__name__.removesuffix("T")
            operation.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            operation.builtinOptions = options
        self._graph.operators.append(operation)
        return output

    def convolve(self, image: int, weights: np.ndarray, bias: np.ndarray, **options: int) -> int:
        """Add a convolution.

        Args:
            weights: (out, in, height, width), `in` 1 where each channel is convolved by itself.
        """
        operators, settings = schema.BuiltinOperator, schema.Conv2DOptionsT()
        code, axes = operators.CONV_2D, (0, 2, 3, 1)
        if weights.shape[1] == 1:
            settings, code = schema.DepthwiseConv2DOptionsT(), operators.DEPTHWISE_CONV_2D
            settings.depthMultiplier, axes = 1, (1, 2, 3, 0)
        defaults = dict.fromkeys(("strideH", "strideW", "dilationHFactor", "dilationWFactor"), 1)
        for name, value in (defaults | options).items():
            setattr(settings, name, value)
        inputs = [image, self.tensor(weights.transpose(axes)), self.tensor(bias)]
        return self.add(code, inputs, len(weights), settings)

    def halve(self, image: int, channels: int) -> int:
        """Add what keeps the highest of two by two values."""
        options = schema.Pool2DOptionsT()
        options.strideH = options.strideW = options.filterHeight = options.filterWidth = 2
        return self.add(schema.BuiltinOperator.MAX_POOL_2D, [image], channels, options)

    def doubled_plus(self, small: int, large: int, channels: int) -> int:
        """Add what repeats each value two by two times and adds another picture.

        LiteRT's own resizing would need a size that is known now.
        """
        joined, spread = schema.ConcatenationOptionsT(), schema.DepthToSpaceOptionsT()
        joined.axis, spread.blockSize = 3, 2
        operators = schema.BuiltinOperator
        four = self.add(operators.CONCATENATION, [small] * 4, 4 * channels, joined)
        doubled = self.add(operators.DEPTH_TO_SPACE, [four], channels, spread)
        return self.add(operators.ADD, [doubled, large], channels, schema.AddOptionsT())

    def serialised(self, image: int, outputs: list[int]) -> bytes:
        """Return the network as the content of a .tflite file."""
        self._graph.inputs, self._graph.outputs = [image], outputs
        builder = flatbuffers.Builder(1 << 19)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _code(self, builtin: int) -> int:
        codes = [code.builtinCode for code in self._model.operatorCodes]
        if builtin not in codes:
            code = schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = builtin
            code.version = 1
            self._model.operatorCodes.append(code)
            return len(codes)
        return codes.index(builtin)


def yunet_for_litert(onnx_path: Path) -> bytes:
    """Build the network.

    It takes (1, H + 1, W + 1, 3) float32 BGR in [0, 255], H and W multiples of `LARGEST_STRIDE`,
    whose first row and column are 0. For each of `STRIDES` it gives (1, H / stride, W / stride,
    16): the logit of a face, its box (4), the logit of anything at all, and landmarks (10).

    Raises:
        cv2.error, ValueError: the file is not ONNX, or not this network.
    """
    graph, weights = _Graph(), iter(_weights(onnx_path))
    relu, same = schema.ActivationFunctionType.RELU, schema.Padding.SAME

    def unit(image: int) -> int:
        mixed = graph.convolve(image, *next(weights), padding=same)
        return graph.convolve(mixed, *next(weights), padding=same, fusedActivationFunction=relu)

    picture = graph.tensor(channels=3)
    # OpenCV pads all four sides of the picture, LiteRT would only pad the last row and column.
    halving = {"padding": schema.Padding.VALID, "strideH": 2, "strideW": 2}
    image = graph.convolve(picture, *next(weights), fusedActivationFunction=relu, **halving)
    image = unit(unit(graph.halve(unit(image), 16)))
    image = unit(unit(image))
    fine = unit(unit(graph.halve(image, 64)))
    middle = unit(unit(graph.halve(fine, 64)))
    coarse = unit(unit(unit(graph.halve(middle, 64))))
    middle = unit(graph.doubled_plus(coarse, middle, 64))
    fine = unit(graph.doubled_plus(middle, fine, 64))
    heads = [[(next(weights), next(weights)) for _ in STRIDES] for _ in HEADS]
    outputs = []
    for level, image in enumerate((fine, middle, coarse)):
        # The heads beside each other in one: a quarter of the passes over the picture.
        for layer in zip(*(head[level] for head in heads), strict=True):
            kernels, biases = (np.concatenate(parts) for parts in zip(*layer, strict=True))
            image = graph.convolve(image, kernels, biases, padding=same)
        outputs.append(image)
    return graph.serialised(picture, outputs)


def _weights(onnx_path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and bias of each convolution in the order of the file."""
    network = cv2.dnn.readNetFromONNX(str(onnx_path))
    names = [n for n in network.getLayerNames() if network.getLayer(n).type == "Convolution"]
    if len(names) != CONVOLUTIONS:
        raise ValueError(f"expected {CONVOLUTIONS} convolutions, got {len(names)}")
    return [(network.getParam(name, 0), network.getParam(name, 1).ravel()) for name in names]
