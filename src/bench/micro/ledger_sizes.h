// What a state path costs in a large ledger, and what a transaction leaves for ever. Thread rule:
// takes the calling thread.
#pragma once

#include "bench/micro/figure.h"

#include <cstddef>
#include <vector>

namespace galen::bench {

/// Size of a path (largest of all that were made) and time to make one, for a grant of one of
/// `subjects` patients: as many keys in the main tree, and 100 in the patient's own.
[[nodiscard]] std::vector<Figure> path_figures(std::size_t subjects, std::size_t samples);

/// Bytes that stay of a transaction with one operation when its body is erased.
[[nodiscard]] std::vector<Figure> permanent_figures();

}  // namespace galen::bench
