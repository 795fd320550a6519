// Keys, blocks and every message of one search, each made once: an event is a number, and equal
// contents are one message whoever signed the certificates inside.
#pragma once

#include "exhaustive/replica_digest.h"
#include "unit/pbft/fixture.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace galen::pbft::test {

inline constexpr std::size_t kMembers = 4;
inline constexpr std::size_t kQuorum = 3;

/// What a search looks at.
struct Scope {
  std::optional<std::size_t> byzantine;
  std::uint64_t views = 2;         ///< 0 .. views - 1
  std::uint64_t heights = 1;       ///< blocks proposed
  unsigned crashes = 1;            ///< of all members together
  bool single_deliveries = false;  ///< one message a step, else the messages that enable an action
  bool view_changes = true;
  bool eager_sync = true;     ///< the sync follows the step that asked for it
  bool eager_engine = false;  ///< blocks are built and checked in the step that asked for it
  std::size_t max_states = 5'000'000;
};

using MessageId = std::uint16_t;

/// A signed message without what does not matter.
struct Entry {
  Message message;
  Event event;
  std::size_t author = 0;
  std::string content;  ///< equal contents are one message
  std::string slot;     ///< at most one content of an honest author in it (SAF-3)
};

class World {
 public:
  explicit World(const Scope& searched);

  [[nodiscard]] const Scope& scope() const { return scope_; }

  [[nodiscard]] bool is_byzantine(std::size_t who) const { return scope_.byzantine == who; }

  /// Deterministic: one signature per signer and statement.
  [[nodiscard]] Signature sign(std::size_t who, BytesView statement);
  [[nodiscard]] JournalRecord signed_record(std::size_t who, JournalRecord record);
  [[nodiscard]] Vote vote(std::size_t who, const VoteSubject& subject);
  [[nodiscard]] ViewChange view_change(std::size_t who, ViewChange unsigned_change);
  [[nodiscard]] NewView new_view(View view, std::vector<ViewChange> changes);

  /// A fresh block; every block is known to the network from then on.
  [[nodiscard]] const TestBlock& block(Height height,
                                       const BlockHash& parent,
                                       View origin,
                                       std::uint64_t payload);
  [[nodiscard]] const TestBlock& block(const BlockHash& hash) const;

  /// As the wire does it: encoded, decoded, verified.
  [[nodiscard]] MessageId intern(const Message& message, std::size_t author);

  [[nodiscard]] const Entry& entry(MessageId id) const { return entries_[id]; }

  /// Tells blocks of one parent and view apart.
  [[nodiscard]] std::uint64_t payload(const BlockHash& hash) const { return payloads_.at(hash); }

  [[nodiscard]] Event event(const Message& message, std::size_t from) const;
  [[nodiscard]] std::string text(MessageId id) const;
  /// "b0", "b1": origin view; "b0'": the second one.
  [[nodiscard]] std::string text(const BlockHash& hash) const;

  Consortium consortium{kMembers};

 private:
  Scope scope_;
  std::map<std::pair<std::size_t, Bytes>, Signature> signatures_;
  std::map<BlockHash, TestBlock> blocks_;
  std::map<BlockHash, std::uint64_t> payloads_;
  std::vector<Entry> entries_;
  std::map<std::string, MessageId> ids_;
};

}  // namespace galen::pbft::test
