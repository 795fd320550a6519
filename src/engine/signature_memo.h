// Memory of signatures that were verified, so that a block never verifies again (CONSENSUS.md,
// Transactions). Keyed by H(key || message || signature), so a warm memo gives exactly the answers
// a cold one gives. Bounded: the oldest entries go first. Thread rule: one thread (the engine's
// strand).
#pragma once

#include "base/ids.h"
#include "execution/executor.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>

namespace galen::engine {

/// Identifies one verified (key, message, signature). Computable on any thread.
[[nodiscard]] Digest memo_key(const PublicKey& key, BytesView message, const Signature& signature);

class SignatureMemo final : public execution::SignatureVerifier {
 public:
  explicit SignatureMemo(std::size_t capacity) : capacity_(capacity) {}

  /// Records a signature that was verified elsewhere.
  void remember(const Digest& key);
  /// Remembered, or verified now and then remembered. False results are not kept: they are computed
  /// again, so a flood of bad signatures cannot push good ones out.
  [[nodiscard]] bool verify(const PublicKey& key,
                            BytesView message,
                            const Signature& signature) override;

  [[nodiscard]] std::uint64_t hits() const { return hits_; }

  [[nodiscard]] std::uint64_t misses() const { return misses_; }

 private:
  std::size_t capacity_;
  std::set<Digest> known_;
  std::deque<Digest> order_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace galen::engine
