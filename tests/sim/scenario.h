// Directed scenarios: text files whose steps drive one simulation without chance faults; every
// invariant is checked on the way (docs/simulator.md, "Scenarios"). Thread rule: one thread.
#pragma once

#include "sim/simulation.h"

#include <string>

namespace galen::sim {

/// Runs one scenario's text. Empty when it passed, else the line and what was wrong with it.
[[nodiscard]] std::string run_scenario(const std::string& text, bool print);

}  // namespace galen::sim
