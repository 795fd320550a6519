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

struct DeclarationList {
  std::vector<DeclarationView> declarations;
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
