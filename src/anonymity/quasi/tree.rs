//! A tree of nodes: values whose classes are those that somebody drew up.

use super::bounds::Bounds;
use super::{MISSING, Reach, WHOLE};

/// Leaves and what they lie in, level by level: level 0 is the leaf itself, the last one
/// the root. Code 0 is [`MISSING`], a leaf of its own under the root.
#[derive(Clone)]
pub struct Tree {
    levels: u32,
    /// Of each leaf, its node at each level.
    path: Vec<u32>,
    nodes: Vec<Node>,
    /// Of each node, once more, where it is looked at often.
    losses: Vec<u32>,
}

/// What a class is called that ends at a node.
#[derive(Clone)]
struct Node {
    name: Option<Box<str>>,
    bounds: Option<Bounds>,
}

/// What stands above a leaf at one level.
pub(super) struct Above {
    pub(super) name: Box<str>,
    pub(super) bounds: Option<Bounds>,
    pub(super) loss: u64,
}

/// Makes a tree leaf by leaf. The leaves of one node must come one after another.
pub(super) struct Growing {
    tree: Tree,
}

const ROOT: u32 = 0;

impl Growing {
    /// Of so many levels between a leaf and the root, the leaf's among them.
    pub(super) fn new(below_root: usize) -> Growing {
        let levels = below_root as u32 + 1;
        let mut growing = Growing {
            tree: Tree {
                levels,
                path: Vec::new(),
                nodes: Vec::new(),
                losses: Vec::new(),
            },
        };
        growing.node(Some("*".into()), None, WHOLE);
        let nothing = growing.node(None, None, 0);
        growing.lone(nothing);
        growing
    }

    /// A leaf that is in nothing but the root, at every level itself.
    pub(super) fn alone(&mut self, above: Above) -> u32 {
        let node = self.node(Some(above.name), above.bounds, above.loss);
        self.lone(node)
    }

    fn lone(&mut self, node: u32) -> u32 {
        let leaf = self.leaves();
        let below = self.tree.levels - 1;
        self.tree.path.extend((0..below).map(|_| node));
        self.tree.path.push(ROOT);
        leaf
    }

    /// The next leaf, that shares its nodes from level `shares` on with the leaf before
    /// it; `above` says what stands at each level below that.
    pub(super) fn leaf(&mut self, shares: usize, mut above: impl FnMut(usize) -> Above) -> u32 {
        let levels = self.tree.levels as usize;
        let leaf = self.leaves();
        let before = self.tree.path.len() - levels;
        let at = self.tree.path.len();
        self.tree.path.resize(at + levels, ROOT);
        for level in (0..levels - 1).rev() {
            self.tree.path[at + level] = if level >= shares {
                self.tree.path[before + level]
            } else {
                let Above { name, bounds, loss } = above(level);
                self.node(Some(name), bounds, loss)
            };
        }
        leaf
    }

    fn node(&mut self, name: Option<Box<str>>, bounds: Option<Bounds>, loss: u64) -> u32 {
        self.tree.nodes.push(Node { name, bounds });
        self.tree.losses.push(loss.min(WHOLE) as u32);
        self.tree.nodes.len() as u32 - 1
    }

    fn leaves(&self) -> u32 {
        (self.tree.path.len() / self.tree.levels as usize) as u32
    }

    /// Sets the loss of every node between a leaf and the root by how many leaves lie in
    /// it: (leaves − 1) / (all − 1), those from `first` on. The leaves before it keep
    /// theirs.
    pub(super) fn weigh_by_leaves(&mut self, first: u32) {
        let levels = self.tree.levels as usize;
        let mut counts = vec![0_u64; self.tree.nodes.len()];
        let own = &self.tree.path[first as usize * levels..];
        for path in own.chunks_exact(levels) {
            for level in 0..levels - 1 {
                // A node that stands at several levels of a path is one node.
                if level == 0 || path[level] != path[level - 1] {
                    counts[path[level] as usize] += 1;
                }
            }
        }
        let all = (own.len() / levels) as u64;
        for (node, count) in counts.into_iter().enumerate() {
            if count > 0 && node != ROOT as usize {
                self.tree.losses[node] = ((count - 1) * WHOLE / (all - 1).max(1)) as u32;
            }
        }
    }

    pub(super) fn done(self) -> Tree {
        self.tree
    }
}

impl Tree {
    /// How many leaves there are, [`MISSING`] among them.
    pub(crate) fn leaves(&self) -> u32 {
        (self.path.len() / self.levels as usize) as u32
    }

    /// The node that a leaf lies in.
    #[inline]
    pub(crate) fn node(&self, leaf: u32, level: u32) -> u32 {
        self.path[(leaf * self.levels + level) as usize]
    }

    /// The least class that holds both.
    #[inline]
    pub(crate) fn join(&self, a: Reach, b: Reach) -> Reach {
        let mut level = a.high.max(b.high);
        let (of_a, of_b) = (a.low * self.levels, b.low * self.levels);
        while self.path[(of_a + level) as usize] != self.path[(of_b + level) as usize] {
            level += 1;
        }
        Reach {
            low: a.low.min(b.low),
            high: level,
        }
    }

    /// What the class of that node loses, in units of 2^-20.
    #[inline]
    pub(crate) fn loss(&self, reach: Reach) -> u64 {
        self.losses[self.node(reach.low, reach.high) as usize].into()
    }

    /// What the class is called; `None`: its members have no value.
    pub(super) fn name(&self, reach: Reach) -> Option<&str> {
        self.nodes[self.node(reach.low, reach.high) as usize]
            .name
            .as_deref()
    }

    /// The bounds of the class.
    pub(super) fn bounds(&self, reach: Reach) -> Option<Bounds> {
        self.nodes[self.node(reach.low, reach.high) as usize].bounds
    }

    /// The class of one leaf.
    #[inline]
    pub(crate) fn of_leaf(leaf: u32) -> Reach {
        Reach { low: leaf, high: 0 }
    }
}

const _: () = assert!(MISSING == 0);
