// What a node leaves behind when it stops for good because the ledger contradicts itself (SAF-15):
// the certificates that cannot stand together, or the one that its own execution contradicts.
// Anybody checks the certificates offline (`galen evidence verify`). It holds no bodies (PRIVACY.md
// 16). FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/genesis.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

struct FailStopBundle {
  ChainId chain;
  /// In words, cut to limits::kMaxFailStopReasonBytes: nobody signs it.
  std::string reason;
  /// At most two. Two are for different blocks at one height, or the second for the block below the
  /// first, which is not the parent that the header names. One contradicts nothing by itself.
  std::vector<Certificate> certificates;
  std::optional<BlockHeader> header;  ///< of the first certificate's block, where it is known
  friend bool operator==(const FailStopBundle&, const FailStopBundle&) = default;
};

[[nodiscard]] Bytes encode(const FailStopBundle& bundle);
/// kMalformed.
[[nodiscard]] Result<FailStopBundle> decode_fail_stop(BytesView bytes);

/// Chain, certificates, and that the header is the certified one. The reason is the node's word.
/// kWrongChain, kUnauthenticated. REQUIRES: validate(genesis) succeeded.
[[nodiscard]] Status verify(const FailStopBundle& bundle, const Genesis& genesis);

}  // namespace galen::ledger
