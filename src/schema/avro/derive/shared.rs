//! Equal types are one, and different ones do not share a name.

use std::collections::{HashMap, HashSet};

use super::Unfit;
use crate::schema::avro::node::{FullName, Node, NodeId, Schema, Shape};
use crate::schema::avro::parse::NODES_MAX;

/// The schema of those nodes from `root` on. A named type that was pruned in two ways is
/// two: the first keeps the name, a later one is called after the fields that lead there.
/// `namespace` takes the place of that of `writer`.
pub(super) fn shared(
    nodes: &[Node],
    root: NodeId,
    writer: &Schema,
    namespace: Option<&str>,
) -> Result<Schema, Unfit> {
    let written = match &writer.node(writer.root()).shape {
        Shape::Union(branches) => branches.iter().find_map(|b| writer.node(*b).shape.name()),
        shape => shape.name(),
    };
    let mut sharing = Sharing {
        nodes,
        classes: classes(nodes),
        known: HashMap::new(),
        names: HashSet::new(),
        from: written.map(|name| &*name.namespace),
        to: namespace,
        path: Vec::new(),
        out: Vec::new(),
    };
    let root = sharing.node(root)?;
    Ok(Schema {
        nodes: sharing.out,
        root,
    })
}

struct Sharing<'s> {
    nodes: &'s [Node],
    classes: Vec<usize>,
    /// Named types by their class.
    known: HashMap<usize, NodeId>,
    names: HashSet<FullName>,
    from: Option<&'s str>,
    to: Option<&'s str>,
    path: Vec<Box<str>>,
    out: Vec<Node>,
}

impl Sharing<'_> {
    fn node(&mut self, node: NodeId) -> Result<NodeId, Unfit> {
        let class = self.classes[node.index()];
        if let Some(known) = self.known.get(&class) {
            return Ok(*known);
        }
        let at = u32::try_from(self.out.len()).map_err(|_| Unfit::TooLarge)?;
        if self.out.len() >= NODES_MAX {
            return Err(Unfit::TooLarge);
        }
        let id = NodeId(at);
        let mut node = self.nodes[node.index()].clone();
        if let Shape::Record(named, _) | Shape::Enum(named, _) | Shape::Fixed(named, _) =
            &mut node.shape
        {
            self.known.insert(class, id);
            let name = self.name(&named.name);
            if name.name != named.name.name {
                named.aliases.clear();
            }
            named.name = name;
        }
        self.out.push(node.clone());
        match &mut node.shape {
            Shape::Array(inner) | Shape::Map(inner) => *inner = self.node(*inner)?,
            Shape::Union(branches) => {
                for branch in branches {
                    *branch = self.node(*branch)?;
                }
            }
            Shape::Record(_, fields) => {
                for field in fields {
                    self.path.push(field.name.clone());
                    field.node = self.node(field.node)?;
                    self.path.pop();
                }
            }
            _ => {}
        }
        self.out[id.index()] = node;
        Ok(id)
    }

    fn name(&mut self, written: &FullName) -> FullName {
        let namespace = match self.to {
            Some(to) if Some(&*written.namespace) == self.from => to.into(),
            _ => written.namespace.clone(),
        };
        let mut name = FullName {
            namespace,
            name: written.name.clone(),
        };
        if self.names.contains(&name) {
            name.name = format!("{}_{}", written.name, self.path.join("_")).into();
        }
        let mut number = 2;
        while self.names.contains(&name) {
            let path = self.path.join("_");
            name.name = format!("{}_{path}_{number}", written.name).into();
            number += 1;
        }
        self.names.insert(name.clone());
        name
    }
}

/// For each node the number of its class: nodes of one class are equal, all that is
/// inside included. Classes are split until what is inside of two is in the same ones
/// (Moore's partition refinement), so circles are no trouble.
fn classes(nodes: &[Node]) -> Vec<usize> {
    let mut labels = HashMap::new();
    let mut classes: Vec<usize> = nodes
        .iter()
        .map(|node| {
            let next = labels.len();
            *labels.entry(label(node)).or_insert(next)
        })
        .collect();
    let mut count = labels.len();
    loop {
        let mut split = HashMap::new();
        let next: Vec<usize> = nodes
            .iter()
            .zip(&classes)
            .map(|(node, class)| {
                let inside: Vec<usize> = inside(node).map(|id| classes[id.index()]).collect();
                let next = split.len();
                *split.entry((*class, inside)).or_insert(next)
            })
            .collect();
        classes = next;
        if split.len() == count {
            return classes;
        }
        count = split.len();
    }
}

fn inside(node: &Node) -> impl Iterator<Item = NodeId> {
    let (one, branches, fields) = match &node.shape {
        Shape::Array(inner) | Shape::Map(inner) => (Some(*inner), &[][..], &[][..]),
        Shape::Union(branches) => (None, &branches[..], &[][..]),
        Shape::Record(_, fields) => (None, &[][..], &fields[..]),
        _ => (None, &[][..], &[][..]),
    };
    let fields = fields.iter().map(|field| field.node);
    one.into_iter()
        .chain(branches.iter().copied())
        .chain(fields)
}

/// All of a node but what is inside.
fn label(node: &Node) -> String {
    let mut node = node.clone();
    match &mut node.shape {
        Shape::Array(inner) | Shape::Map(inner) => *inner = NodeId(0),
        Shape::Union(branches) => branches.fill(NodeId(0)),
        Shape::Record(_, fields) => fields.iter_mut().for_each(|field| field.node = NodeId(0)),
        _ => {}
    }
    format!("{node:?}")
}
