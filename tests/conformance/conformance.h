// Evaluates any vector file: what kind it is shows in its members. Thread rule: one thread.
#pragma once

#include "base/result.h"
#include "conformance/verdict.h"

#include <string>
#include <vector>

namespace galen::conformance {

/// One verdict for each vector, at least one. `consents` is the directory of the consents that
/// expectations speak of. Fails with "FILE: path: reason" for what cannot be read, has another
/// format, or holds no vectors.
[[nodiscard]] Result<std::vector<Verdict>> evaluate_file(const std::string& path,
                                                         const std::string& consents);

}  // namespace galen::conformance
