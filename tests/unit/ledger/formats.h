// Every encoded format of the ledger with its sample bytes and a decoder that encodes again, for
// the golden and the mutation test. Thread rule: one test, one thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <functional>
#include <string>
#include <vector>

namespace galen::ledger::samples {

struct Format {
  std::string name;  ///< tests/golden/ledger/<name>.hex
  Bytes bytes;
  /// Decodes and encodes again; null for statements, which are only ever written.
  std::function<Result<Bytes>(BytesView)> again;
};

[[nodiscard]] std::vector<Format> formats();

}  // namespace galen::ledger::samples
