// How long decide() takes for patients with few and with thousands of grants. Thread rule: takes
// the calling thread.
#pragma once

#include "bench/micro/figure.h"

#include <cstddef>
#include <vector>

namespace galen::bench {

/// decide() on one record, decoded and indexed, per mix of grants; one access from the state, with
/// the patient's consent in memory and without; and building an index.
[[nodiscard]] std::vector<Figure> decision_figures(const std::vector<std::size_t>& grants,
                                                   std::size_t samples);

}  // namespace galen::bench
