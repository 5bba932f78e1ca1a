"""A model, or a computational graph of gates, as TensorBoard's GRAPHS page shows it.

The caller gives a plain list of nodes, each with the names of its inputs; slashes in a name nest
it in boxes that open by a double click.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments.dashboard.protocol import GraphDef

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class GraphNode:
    """One node: a unique `name`, what it does (`op`), the names of its inputs, its output's shape.

    −1 in `shape` stands for any size, such as the batch's.
    """

    name: str
    op: str
    inputs: Sequence[str] = ()
    shape: Sequence[int] | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


def graph_definition(nodes: Iterable[GraphNode]) -> Any:
    """The GraphDef message of `nodes`.

    Raises ValueError for a name that occurs twice and for an input that is no node.
    """
    nodes = list(nodes)
    names: set[str] = set()
    for node in nodes:
        if node.name in names:
            raise ValueError(f"two graph nodes are named {node.name!r}")
        names.add(node.name)
    message = GraphDef()
    message.versions.producer = 22
    for node in nodes:
        missing = [name for name in node.inputs if name not in names]
        if missing:
            raise ValueError(f"graph node {node.name!r} has inputs that are no nodes: {missing}")
        item = message.node.add(name=node.name, op=node.op, input=node.inputs)
        for key, value in node.attributes.items():
            item.attr[key].s = str(value).encode()
        if node.shape is not None:
            shape = item.attr["_output_shapes"].list.shape.add()
            for size in node.shape:
                shape.dim.add(size=size)
    return message


@dataclass(frozen=True)
class Layer:
    """One step of a chain: its `name`, what it does, its output's shape, its parameters' shapes."""

    name: str
    op: str
    shape: Sequence[int]
    parameters: Mapping[str, Sequence[int]] = field(default_factory=dict)


def chain(layers: Iterable[Layer], input_shape: Sequence[int]) -> list[GraphNode]:
    """The nodes of a model that is one layer after another, parameters beside their layer.

    >>> nodes = chain([Layer("0", "Linear", (-1, 3), {"weight": (3, 2)})], (-1, 2))
    >>> [(node.name, *node.inputs) for node in nodes]
    [('input',), ('0_Linear/weight',), ('0_Linear/output', 'input', '0_Linear/weight')]
    """
    nodes = [GraphNode("input", "Input", shape=input_shape)]
    for layer in layers:
        previous = nodes[-1].name
        box = f"{layer.name}_{layer.op}"
        parameters = [
            GraphNode(f"{box}/{name}", "Parameter", shape=shape)
            for name, shape in layer.parameters.items()
        ]
        nodes += parameters
        inputs = [previous, *(parameter.name for parameter in parameters)]
        nodes.append(GraphNode(f"{box}/output", layer.op, inputs, layer.shape))
    return nodes
