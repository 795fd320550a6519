// Finds uploads that never came onto the chain and deletes them: a client stores an object first
// and commits its record then, and may end in between (docs/payload.md). Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "execution/state_view.h"
#include "payload/object_store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace galen::node {

/// Of block time, from the upload on. No transaction is valid for longer than ten minutes, so that
/// a client that goes on trying has to be an exception of a day.
inline constexpr std::uint64_t kUnclaimedUploadMs = std::uint64_t{24} * 60 * 60 * 1000;
/// Notes handled at once, a few syncs each: an erasure that is ordered meanwhile does not wait for
/// more.
inline constexpr std::size_t kUploadsAtOnce = 50;

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

  /// Handles some; false at the end of a round, in which each has had its turn. What is abandoned
  /// is found so by two rounds of this process: when the chain stood still for a day, or this node
  /// lagged by as much, a client that waits for it has the time between two rounds.
  [[nodiscard]] bool step(const UploadView& view);

  /// All whose patient's key was destroyed, at once. What is damaged stays. kIo.
  [[nodiscard]] Status drop_erased();

 private:
  struct Doomed {
    TimeMs since;
    std::uint64_t round = 0;
  };

  /// Whether nothing stands against deleting it.
  [[nodiscard]] bool is_due(const payload::Upload& upload);
  [[nodiscard]] Status handle(const Digest& name, const UploadView& view);

  payload::ObjectStore& objects_;
  std::vector<Digest> waiting_;
  std::uint64_t round_ = 0;
  std::map<Digest, Doomed> doomed_;  ///< by the name of their notes, once found over
};

}  // namespace galen::node
