//! scratch
#![allow(unsafe_code, clippy::disallowed_types, clippy::print_stdout)]
mod measure; mod naive; mod workload;
#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;
fn main(){
 let w=workload::Workload::generate(20000);
 println!("{:?}", w.sizes());
 let k=naive::Keys::derive(&[1;32],&[2;32],"analytics");
 let mut v=vec![];
 for _ in 0..7 { let t=measure::cpu_ns(); let mut n=0; for e in w.iter(){ n+=naive::sanitize(e,&k).len(); } v.push((measure::cpu_ns()-t) as f64/20000.0); std::hint::black_box(n); }
 println!("{} ns", measure::median(v));
 let a=measure::allocations(||{ for e in w.iter(){ std::hint::black_box(naive::sanitize(e,&k)); }});
 println!("{} allocs/event", a as f64/20000.0);
 println!("{}", String::from_utf8(naive::sanitize(w.iter().next().unwrap(),&k)).unwrap());
}
