// What the client keeps of emergencies beside its profile: signed declarations, and receipts of
// nodes. FROZEN (docs/formats.md, "Emergency journal"). Thread rule: one thread.
#pragma once

#include "base/result.h"
#include "client/session.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct KeptDeclaration {
  ledger::DeclareEmergency declaration;
  ledger::Authorisation authorisation;
  bool committed = false;
};

class EmergencyFiles {
 public:
  explicit EmergencyFiles(std::string directory) : directory_(std::move(directory)) {}

  /// kIo, kAlreadyExists.
  [[nodiscard]] Status keep(const KeptDeclaration& declaration) const;
  [[nodiscard]] Status keep(const ledger::AnchorJournalReceipt& receipt) const;

  /// A missing directory is an empty one. kConfig for a file that is none.
  [[nodiscard]] Result<std::vector<KeptDeclaration>> declarations() const;
  [[nodiscard]] Result<std::vector<ledger::AnchorJournalReceipt>> receipts() const;

  /// The chain has it: it stays while it lasts, and is not brought again. kIo.
  [[nodiscard]] Status mark_committed(const KeptDeclaration& declaration) const;
  void forget(const KeptDeclaration& declaration) const;
  void forget(const ledger::AnchorJournalReceipt& receipt) const;

 private:
  [[nodiscard]] std::string path(const KeptDeclaration& declaration, bool committed) const;
  [[nodiscard]] std::string path(const ledger::AnchorJournalReceipt& receipt) const;
  [[nodiscard]] std::vector<std::string> files(const char* ending) const;

  std::string directory_;
};

}  // namespace galen::client
