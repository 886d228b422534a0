//! A child process and what it costs: its CPU time, by thread too, and the most
//! memory it held.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::kafka::Leash;

/// Between two looks at a running child.
const LOOK: Duration = Duration::from_millis(20);
/// No pass takes so long.
const PATIENCE: Duration = Duration::from_secs(300);
/// What the kernel counts CPU time of processes in, for users: `USER_HZ`.
const TICK: Duration = Duration::from_millis(10);

/// What a process used.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// User and system time of all its threads, also of those that have ended.
    pub cpu: Duration,
    /// The largest resident set seen, bytes.
    pub resident_max: u64,
    /// How often one of its threads gave up the processor, or lost it, and came
    /// back, as last seen.
    pub wake_ups: u64,
    /// CPU time by name of thread, as last seen, hence a little less than all.
    pub threads: BTreeMap<String, Duration>,
}

/// A running child.
pub struct Process {
    child: Child,
    leash: Leash,
    cost: Cost,
}

impl Process {
    /// Starts it; what it says on its standard error is the bench's own.
    pub fn start(mut command: Command) -> Process {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let leash = Leash::on(child.id(), None).expect("a shell starts");
        Process {
            child,
            leash,
            cost: Cost::default(),
        }
    }

    /// What it has used so far.
    pub fn look(&mut self) -> &Cost {
        let directory = format!("/proc/{}", self.child.id());
        // It may be gone between two reads: then the last look stands.
        if let Some(cpu) = cpu(&directory) {
            self.cost.cpu = cpu;
        }
        if let Some(resident) = resident_max(&directory) {
            self.cost.resident_max = self.cost.resident_max.max(resident);
        }
        self.cost.wake_ups = self.cost.wake_ups.max(wake_ups(&directory));
        for (name, spent) in threads(&directory) {
            // Of threads that have ended the last look stands.
            let before = self.cost.threads.entry(name).or_default();
            *before = spent.max(*before);
        }
        &self.cost
    }

    /// Waits for its end and says what it cost.
    ///
    /// # Panics
    /// When it fails, or does not end.
    pub fn end(mut self) -> Cost {
        let began = Instant::now();
        while !self.has_ended() {
            self.look();
            assert!(began.elapsed() < PATIENCE, "no end within {PATIENCE:?}");
            std::thread::sleep(LOOK);
        }
        // Not yet reaped: all of its time is still to be read.
        self.look();
        let status = self.reap();
        assert!(status.success(), "a pass failed: {status}");
        self.cost.clone()
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).expect("the child is not yet reaped");
    }

    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.pid()), options)
            .expect("a child can be asked")
            .is_some()
    }

    fn reap(&mut self) -> ExitStatus {
        // The guard first: once reaped, the process id belongs to nobody.
        self.leash.let_go();
        self.child.wait().expect("a child can be waited for")
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.leash.let_go();
        // It has ended, or the bench fails anyway.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `man 5 proc`: `utime` and `stime` are fields 14 and 15; the name in brackets
/// before them may hold spaces.
fn cpu(directory: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("{directory}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (next()? + next()?))
}

/// A process that has ended holds nothing, and says nothing.
fn resident_max(directory: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("{directory}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Of all threads that are there.
fn wake_ups(directory: &str) -> u64 {
    let tasks = fs::read_dir(format!("{directory}/task"));
    let of = |task: fs::DirEntry| -> u64 {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let switches = status.lines().filter(|l| l.contains("_ctxt_switches"));
        let figures = switches.filter_map(|l| l.rsplit(char::is_whitespace).next());
        figures.filter_map(|n| n.parse::<u64>().ok()).sum()
    };
    tasks.into_iter().flatten().flatten().map(of).sum()
}

/// CPU time by name of thread; numbers at the end of a name are left out.
fn threads(directory: &str) -> BTreeMap<String, Duration> {
    let mut threads = BTreeMap::new();
    let tasks = fs::read_dir(format!("{directory}/task"));
    for task in tasks.into_iter().flatten().flatten() {
        let read = |name: &str| fs::read_to_string(task.path().join(name)).ok();
        // A thread may end meanwhile.
        let (Some(name), Some(spent)) = (read("comm"), read("schedstat")) else {
            continue;
        };
        let Some(Ok(ns)) = spent.split(' ').next().map(str::parse) else {
            continue;
        };
        let name = name
            .trim_end()
            .trim_end_matches(|c: char| c.is_ascii_digit());
        *threads.entry(name.to_owned()).or_default() += Duration::from_nanos(ns);
    }
    threads
}
