// Finds uploads that never came onto the chain and deletes them: a client stores an object first
// and commits its record then, and may end in between (docs/payload.md). Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "execution/state_view.h"
#include "payload/object_store.h"

#include <cstdint>
#include <vector>

namespace galen::node {

/// Of block time, from the upload on. No transaction is valid for longer than ten minutes, so that
/// a client that goes on trying has to be an exception of a day.
inline constexpr std::uint64_t kUnclaimedUploadMs = std::uint64_t{24} * 60 * 60 * 1000;
/// Notes handled at once: an erasure that is ordered meanwhile does not wait for more.
inline constexpr std::size_t kUploadsAtOnce = 500;

/// The committed state that tells.
struct UploadView {
  const execution::StateReader& state;
  TimeMs head;  ///< block time: everything of before is known here
};

enum class UploadFate : std::uint8_t { kOnChain, kWaits, kAbandoned };

/// The time of the chain alone counts: a node that lags does not know yet what is on it.
[[nodiscard]] UploadFate fate_of(const payload::Upload& upload, const UploadView& view);

class UploadSweep {
 public:
  /// `objects` outlives it.
  explicit UploadSweep(payload::ObjectStore& objects) : objects_(objects) {}

  /// Handles some; false when none is left for now. Goes over all of them in turn, once.
  [[nodiscard]] bool step(const UploadView& view);

  /// All of whom the key was destroyed, at once. kIo.
  [[nodiscard]] Status drop_erased();

 private:
  [[nodiscard]] Status handle(const Digest& name, const UploadView& view);

  payload::ObjectStore& objects_;
  std::vector<Digest> waiting_;
};

}  // namespace galen::node
