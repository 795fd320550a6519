// Emergencies (break-glass): declarations, reviews, journals (docs/consent.md "Emergencies").
// Values as in galen/types.h. Thread rule: values.
#pragma once

#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct DeclareOptions {
  std::string patient;
  std::string reason = "life-threatening";
  std::vector<std::string> records;  ///< empty: all of the patient's
  std::string duration = "2h";       ///< from now on, e.g. "30m", "2h"
  std::string person;                ///< default: the only practitioner
  std::string key_file;
};

struct Declared {
  std::string declaration;
  std::uint64_t until_ms = 0;
  std::optional<Committed>
      committed;     ///< absent: kept here, honoured by custodians' nodes all the same
  std::string note;  ///< why it is not committed
};

struct DeclarationView {
  std::string declaration;
  std::string patient;
  std::string person;
  std::string organisation;
  std::string reason;
  std::vector<std::string> records;  ///< of its scope; empty: all
  std::uint64_t from_ms = 0;
  std::uint64_t to_ms = 0;
  std::uint64_t declared_ms = 0;  ///< block time
  bool late = false;              ///< came on the chain after it had begun
  bool overdue = false;           ///< not reviewed within 72 hours
  std::string reviewer;           ///< empty: not reviewed
  std::string outcome;
};

struct ListDeclarationsOptions {
  std::string patient;  ///< id; empty: `as`, else those that wait for review
  std::string as;       ///< the patient's own id; empty = the own organisation asks
  /// The patient's signing key, when he holds it himself; then also `as`.
  std::string key_file;
  /// Of a patient: as right after the block of this height.
  std::optional<std::uint64_t> at;
};

struct DeclarationList {
  std::vector<DeclarationView> declarations;
  // Of the own organisation; the newest, whatever the height.
  std::uint32_t open = 0;
  std::uint32_t overdue = 0;
  std::uint32_t limit = 0;  ///< how many may be open; 0: nobody here may declare
};

struct ReviewOptions {
  std::string declaration;
  std::string patient;  ///< empty: found among those that wait for review
  std::string outcome = "justified";
  std::string person;
  std::string key_file;
};

/// What the own node's journal has and no log on the chain: a release, or a refused attempt.
struct PendingEmergency {
  std::uint64_t number = 0;   ///< in the journal
  std::uint64_t time_ms = 0;  ///< by the node's clock
  std::string organisation;   ///< who asked, as the request says: of a refused one not checked
  std::string person;
  std::string patient;
  std::string purpose;
  std::string action;
  std::vector<AccessDecision> decisions;  ///< by this node's word
  std::string declaration;
  std::string reason;     ///< why it was declared; of a refused one not checked
  bool declared = false;  ///< the declaration is on the chain
};

struct PendingList {
  std::string journal;
  std::vector<PendingEmergency> entries;
  std::uint64_t next = 0;  ///< where to go on; 0: that was all
};

struct JournalView {
  std::string journal;
  std::string organisation;
  std::uint64_t last = 0;
  std::uint64_t logged = 0;
  bool present = true;
  std::string follows;  ///< the journal that was lost before it
};

/// A receipt that does not fit the journal it is of.
struct JournalEvidenceView {
  std::string journal;
  std::string organisation;
  std::uint64_t number = 0;
  std::string kind;  ///< "mismatch" or "gap"
  std::string anchored_by;
};

struct JournalReport {
  std::vector<JournalView> journals;
  std::vector<JournalEvidenceView> evidence;
};

/// What one run brought to the chain; running it again brings the rest.
struct AnchorReport {
  std::string journal;
  std::uint64_t last = 0;  ///< entries of the journal
  bool anchored = false;   ///< something new was anchored
  std::uint64_t logged = 0;
  std::uint64_t declared = 0;
  std::uint64_t receipts = 0;
  std::vector<std::string> problems;  ///< what the ledger refused, and why
};

}  // namespace galen::client
