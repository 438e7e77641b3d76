"""The interpreter: code, frames, gas and state while transactions run. Knows no tree and no block file."""
