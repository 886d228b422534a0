//! stub
/// Salt, derived keys and nonce counter of one worker's batch.
pub struct BatchSeal {}
