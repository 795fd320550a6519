// The calls of galen.v1.Emergency to one node, as plain values. Thread rule: one thread per
// NodeApi.
#pragma once

#include "client/node_api.h"

#include <vector>

namespace galen::client {

/// A request for one record with the declaration, all canonical (docs/api.md).
struct EmergencyCall {
  Bytes request;
  Bytes authorisation;
  Bytes declaration;
  Bytes declared_by;
};

struct EmergencyItem {
  Bytes entry;
  Bytes authorisation;
  Bytes declaration;
  Bytes declared_by;
  bool logged = false;
  bool declared = false;
};

struct EmergencyEntries {
  JournalId journal;
  std::optional<JournalId> follows;
  std::optional<JournalId> present;  ///< the ledger's word
  std::uint64_t last = 0;
  Digest head;
  std::uint64_t anchored = 0;
  Digest anchored_head;
  std::vector<EmergencyItem> items;
  std::uint64_t next = 0;  ///< 0: no more
};

/// Without a patient: the caller's that wait for review.
struct DeclarationsQuery {
  std::optional<PatientId> patient{};
  OwnRequest own{};
  std::uint64_t at_height = 0;
};

/// One page.
struct DeclarationsAnswer {
  struct Item {
    Bytes entry;
    Bytes review;
    bool overdue = false;
  };

  std::vector<Item> items;
  std::uint32_t open = 0;
  std::uint32_t overdue = 0;
  std::uint32_t limit = 0;
  Bytes token;  ///< empty: the last page
};

/// One page.
struct JournalsAnswer {
  struct Journal {
    JournalId journal;
    Bytes entry;
    bool present = false;
  };

  struct Evidence {
    AccountId organisation;
    Bytes place;
  };

  std::vector<Journal> journals;
  std::vector<Evidence> evidence;
  Bytes token;  ///< empty: the last page
};

/// As NodeApi::get, from the journal of the custodian's node.
[[nodiscard]] Result<std::uint64_t> get_emergency(NodeApi& node,
                                                  const EmergencyCall& call,
                                                  const NodeApi::HeaderSink& header,
                                                  const NodeApi::ChunkSink& chunk,
                                                  Deadline deadline);
[[nodiscard]] Result<EmergencyEntries> emergency_entries(NodeApi& node,
                                                         std::uint64_t from,
                                                         Deadline deadline);
[[nodiscard]] Result<DeclarationsAnswer> declarations(NodeApi& node,
                                                      const DeclarationsQuery& query,
                                                      const Bytes& token,
                                                      Deadline deadline);
/// nullopt: of every member.
[[nodiscard]] Result<JournalsAnswer> journals(NodeApi& node,
                                              const std::optional<AccountId>& organisation,
                                              const Bytes& token,
                                              Deadline deadline);

}  // namespace galen::client
