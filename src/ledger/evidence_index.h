// Which evidence a node keeps: the first pair of each member and slot, a share for every member, an
// end for all (limits::kMaxEvidencePerMember, kMaxEvidence). So what a member can make a node write
// is bounded for ever. Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/evidence.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace galen::ledger {

struct StoredEvidence {
  EvidenceId id;
  TimeMs found;  ///< wall clock of this node when it was kept
  Evidence evidence;
};

class EvidenceIndex {
 public:
  enum class Verdict : std::uint8_t {
    kNew,    ///< worth keeping
    kKnown,  ///< its slot is held
    kFull,   ///< the member's share or the whole is used up
  };

  [[nodiscard]] Verdict judge(const VoteSlot& slot) const;
  /// REQUIRES: judge said kNew.
  void add(const Evidence& evidence, TimeMs found);

  /// Slots above `after`, ascending, of one member (of any epoch) when given; at most `limit`.
  [[nodiscard]] std::vector<StoredEvidence> list(const std::optional<VoteSlot>& after,
                                                 std::optional<ValidatorIndex> member,
                                                 std::size_t limit) const;
  [[nodiscard]] std::optional<StoredEvidence> find(const EvidenceId& id) const;

  [[nodiscard]] std::size_t size() const { return held_.size(); }

 private:
  using Owner = std::pair<Epoch, ValidatorIndex>;

  std::map<VoteSlot, StoredEvidence> held_;
  std::map<Owner, std::size_t> share_;
};

}  // namespace galen::ledger
