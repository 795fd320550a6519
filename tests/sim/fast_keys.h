// Signatures of the simulator (fast_keys.cpp). Thread rule: each thread has its own.
#pragma once

namespace galen::sim {

/// At the start of a run: every run of a seed makes the same signatures.
void begin_signatures();

}  // namespace galen::sim
