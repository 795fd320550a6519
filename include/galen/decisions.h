// Decisions: made now, supposed, and made again. Values as in types.h. Thread rule: values.
#pragma once

#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct CheckOptions {
  std::string patient;
  std::vector<std::string> records;
  std::string subject;  ///< organisation name or practitioner id
  std::string purpose = "TREAT";
  std::string action = "READ";
  std::string project;
};

struct CheckView {
  std::string record;
  bool permit = false;
  std::string reason;
  std::string grant;
  std::vector<std::string> obligations;
};

/// A dry run of a grant or denial that nobody signed yet, or of the end of one.
struct SimulateOptions {
  ConsentOptions terms;
  /// A grant or denial to be revoked instead: of `terms` patient, paper, as and key_file count.
  std::string revoke;
  /// Organisations, practitioner ids; empty = everybody, and only what changes.
  std::vector<std::string> subjects;
  std::vector<std::string> records;  ///< empty = all of the patient
  /// Empty: for everybody each that the terms bear on, for `subjects` the first of the terms.
  std::string purpose;
  std::string action = "READ";
  std::string project;
};

struct SimulatedDecision {
  std::string subject;
  std::string role;  ///< of somebody of the organisation `subject`; empty for a person
  std::string purpose;
  std::string project;  ///< for which it would be asked; empty = none
  CheckView before;
  CheckView after;

  [[nodiscard]] bool changes() const { return before.permit != after.permit; }
};

struct SimulateView {
  std::string result;        ///< name of the code the ledger would end it with, "ok" when accepted
  std::uint32_t failed = 0;  ///< of several operations the one with that code, from 0
  std::vector<SimulatedDecision> decisions;
  /// For everybody: practitioners and projects of standing grants that were not asked about.
  std::uint32_t left_out = 0;
};

/// A past decision: what was recorded, and what decide() says again on the state as it was then.
struct ExplainedDecision {
  CheckView recorded;
  std::optional<CheckView> replayed;
  std::string changed;  ///< why it cannot be made again, when it cannot
  std::string grant;    ///< the deciding grant as the ledger has it now, from a verified proof
  std::optional<std::uint64_t> grant_written_height;
  std::vector<std::uint8_t> grant_proof;  ///< for `galen proof verify`; empty: none
};

struct ExplainView {
  std::vector<std::string> findings;  ///< of a late entry: what the chain can say of it
  AccessView access;
  std::string tx_id;  ///< empty when it was asked for by its block
  std::uint32_t operation = 0;
  /// Whether the transaction shows that the entry is its own; else that is the node's word.
  bool is_bound = false;
  std::uint64_t height = 0;         ///< of the head that was looked at
  std::uint64_t proven_height = 0;  ///< of the certified block whose state holds the entry
  std::vector<ExplainedDecision> decisions;
  std::vector<std::uint8_t> statement;  ///< of its block, for `galen audit verify`
};

}  // namespace galen::client
