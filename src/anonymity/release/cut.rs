//! Cutting from the top down, at the cut that loses least, as long as there is one.
//!
//! After LeFevre et al., "Mondrian multidimensional k-anonymity" (ICDE 2006), with cuts
//! chosen by what they lose instead of at the median.

use super::Composer;
use super::ground::Group;
use crate::anonymity::quasi::line::Line;
use crate::anonymity::quasi::tree::Tree;
use crate::anonymity::quasi::{Reach, Scale};

/// How many boundaries of a line are tried for what else a class must be, the best ones.
const TRIED: usize = 32;

/// The rows of one code of a line.
struct Run {
    code: u32,
    rows: u64,
    /// Persons of this code and all below it.
    up_to: u32,
    /// Persons of all above it.
    beyond: u32,
}

/// A cut, with what it saves.
struct Cut {
    gain: u64,
    parts: Parts,
}

enum Parts {
    /// Up to that code of a quasi-identifier, and beyond it.
    At(usize, u32),
    These(Vec<Vec<u32>>),
}

impl Composer<'_> {
    /// Cuts rows that may be a class into classes; those of at most `block` rows are put
    /// together in another way. The rows rise, and so do those of each class.
    pub(super) fn cut(&mut self, rows: Vec<u32>, block: usize, out: &mut Vec<Group>) {
        let mut waiting = vec![rows];
        while let Some(rows) = waiting.pop() {
            let group = self.ground.group(rows);
            let people = self.law.people(&group.rows);
            if group.loss == 0 || u64::from(people) < 2 * u64::from(self.law.k()) {
                out.push(group);
            } else if group.rows.len() <= block {
                self.block(group.rows, out);
            } else {
                match self.best_cut(&group) {
                    None => out.push(group),
                    Some(parts) => {
                        let mut parts = self.taken_apart(group.rows, parts);
                        // The first part is worked on first.
                        parts.reverse();
                        waiting.append(&mut parts);
                    }
                }
            }
        }
    }

    fn taken_apart(&self, rows: Vec<u32>, parts: Parts) -> Vec<Vec<u32>> {
        match parts {
            Parts::These(parts) => parts,
            Parts::At(q, code) => {
                let below = |row: &u32| self.ground.code(*row, q) <= code;
                let (low, high) = rows.into_iter().partition(below);
                vec![low, high]
            }
        }
    }

    /// The cut that saves most; of equal ones that of the lowest quasi-identifier.
    fn best_cut(&mut self, group: &Group) -> Option<Parts> {
        let mut best: Option<Cut> = None;
        for q in 0..self.ground.width() {
            let before = self.ground.loss_of(q, group.reach[q]);
            let least = best.as_ref().map_or(0, |cut| cut.gain);
            // No cut saves more than all.
            if before * group.len() <= least {
                continue;
            }
            let cut = match self.ground.scale(q) {
                Scale::Line(line) => self.of_line(q, line, group, before * group.len(), least),
                Scale::Tree(tree) => self.of_tree(q, tree, group, before * group.len()),
            };
            if let Some(cut) = cut.filter(|cut| cut.gain > least) {
                best = Some(cut);
            }
        }
        best.map(|cut| cut.parts)
    }

    /// The best boundary of a line that saves more than `least`: between two values, with
    /// k persons on each side; of equal ones the lowest.
    fn of_line(
        &mut self,
        q: usize,
        line: &Line,
        group: &Group,
        before: u64,
        least: u64,
    ) -> Option<Cut> {
        let runs = self.runs(q, line, group);
        let (first, last) = (runs.first()?.code, runs.last()?.code);
        let k = self.law.k();
        let mut low = 0;
        let mut cuts: Vec<(u64, u32)> = Vec::new();
        for pair in runs.windows(2) {
            low += pair[0].rows;
            if pair[0].up_to < k || pair[0].beyond < k {
                continue;
            }
            let below = Reach {
                low: first,
                high: pair[0].code,
            };
            let above = Reach {
                low: pair[1].code,
                high: last,
            };
            let cost = low * self.ground.loss_of(q, below)
                + (group.len() - low) * self.ground.loss_of(q, above);
            if before.saturating_sub(cost) > least {
                cuts.push((cost, pair[0].code));
            }
        }
        let found = if self.law.is_k_alone() {
            cuts.into_iter().min()
        } else {
            cuts.sort_unstable();
            cuts.into_iter().take(TRIED).find(|(_, code)| {
                let side = |is_low: bool| {
                    let rows = group.rows.iter().copied();
                    rows.filter(|row| (self.ground.code(*row, q) <= *code) == is_low)
                        .collect::<Vec<u32>>()
                };
                let (low, high) = (side(true), side(false));
                self.law.allows(&low) && self.law.allows(&high)
            })
        };
        found.map(|(cost, code)| Cut {
            gain: before - cost,
            parts: Parts::At(q, code),
        })
    }

    /// The codes that stand there, rising, with how many rows and persons there are.
    fn runs(&mut self, q: usize, line: &Line, group: &Group) -> Vec<Run> {
        let reach = group.reach[q];
        let short = u64::from(reach.high - reach.low) <= 8 * group.len();
        let mut runs: Vec<Run> = Vec::new();
        let run = |code, rows| Run {
            code,
            rows,
            up_to: 0,
            beyond: 0,
        };
        if self.ground.is_single && short {
            debug_assert!(reach.high < line.codes());
            let counts = &mut self.counts;
            counts.clear();
            counts.resize((reach.high - reach.low + 1) as usize, 0);
            for row in &group.rows {
                counts[(self.ground.code(*row, q) - reach.low) as usize] += 1;
            }
            let there = counts
                .iter()
                .zip(reach.low..)
                .filter(|(count, _)| **count > 0);
            runs.extend(there.map(|(count, code)| run(code, (*count).into())));
            let mut sum = 0;
            for run in &mut runs {
                sum += run.rows;
                run.up_to = sum as u32;
                run.beyond = (group.len() - sum) as u32;
            }
            return runs;
        }
        let mut sorted: Vec<(u32, u32)> = group
            .rows
            .iter()
            .map(|row| (self.ground.code(*row, q), *row))
            .collect();
        sorted.sort_unstable();
        self.law.begin();
        let mut people = 0;
        for (code, row) in &sorted {
            people += u32::from(self.law.see(*row));
            if runs.last().is_none_or(|run| run.code != *code) {
                runs.push(run(*code, 0));
            }
            if let Some(run) = runs.last_mut() {
                run.rows += 1;
                run.up_to = people;
            }
        }
        self.law.begin();
        let (mut people, mut from_above) = (0, sorted.iter().rev().peekable());
        for run in runs.iter_mut().rev() {
            run.beyond = people;
            while let Some((_, row)) = from_above.next_if(|(code, _)| *code == run.code) {
                people += u32::from(self.law.see(*row));
            }
        }
        runs
    }

    /// The cut at a node: its children, and one part of all that cannot stand alone.
    fn of_tree(&mut self, q: usize, tree: &Tree, group: &Group, before: u64) -> Option<Cut> {
        let level = group.reach[q].high.checked_sub(1)?;
        let mut sorted: Vec<(u32, u32)> = group
            .rows
            .iter()
            .map(|row| (tree.node(self.ground.code(*row, q), level), *row))
            .collect();
        sorted.sort_unstable();
        let (mut parts, mut rest): (Vec<Vec<u32>>, Vec<u32>) = (Vec::new(), Vec::new());
        for child in sorted.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<u32> = child.iter().map(|(_, row)| *row).collect();
            if self.law.allows(&rows) {
                parts.push(rows);
            } else {
                rest.extend(rows);
            }
        }
        if !rest.is_empty() {
            if !self.fill(&mut parts, &mut rest) {
                return None;
            }
            rest.sort_unstable();
            parts.push(rest);
        }
        if parts.len() < 2 {
            return None;
        }
        let scale = self.ground.scale(q);
        let mut after = 0;
        for rows in &parts {
            let codes = rows.iter().map(|row| scale.of(self.ground.code(*row, q)));
            let reach = codes.reduce(|a, b| scale.join(a, b))?;
            after += self.ground.loss_of(q, reach) * rows.len() as u64;
        }
        Some(Cut {
            gain: before.saturating_sub(after),
            parts: Parts::These(parts),
        })
    }

    /// Makes `rest` what may be a class: by rows of the largest part, the last ones first,
    /// as long as that may stay one, or else by the smallest part as a whole. `false`:
    /// nothing would be left to cut.
    fn fill(&mut self, parts: &mut Vec<Vec<u32>>, rest: &mut Vec<u32>) -> bool {
        // With more than k to be counted, nobody knows how many it takes.
        let mut takes = 4 * self.law.k() as usize + 64;
        while !self.law.allows(rest) {
            let largest = (0..parts.len()).max_by_key(|at| (parts[*at].len(), parts.len() - at));
            let taken = largest.filter(|_| takes > 0).and_then(|at| {
                let row = parts[at].pop()?;
                if self.law.allows(&parts[at]) {
                    return Some(row);
                }
                parts[at].push(row);
                None
            });
            if let Some(row) = taken {
                takes -= 1;
                rest.push(row);
                continue;
            }
            let smallest = (0..parts.len()).min_by_key(|at| (parts[*at].len(), *at));
            match smallest {
                Some(at) => rest.extend(parts.remove(at)),
                None => return false,
            }
        }
        !parts.is_empty()
    }
}
