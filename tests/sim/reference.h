// The trivial reference state machine (I5): what must become of every operation of the chain, by sets
// and maps and the rules of docs/consent.md for the operations that tests/sim/workload.h makes. Knows no code of the
// modules. Thread rule: one thread.
#pragma once

#include "execution/executor.h"
#include "sim/consortium.h"

#include <map>
#include <set>
#include <utility>

namespace galen::sim {

class Reference {
 public:
  explicit Reference(const Consortium& consortium) : consortium_(consortium) {}

  /// Throws Violation I5 when a transaction of this block had another outcome than it must.
  void take(TimeMs time,
            const std::vector<ledger::DecodedTransactionPtr>& transactions,
            const execution::BlockOutcome& outcome);

 private:
  struct Expected {
    bool ok = false;
    bool permit = false;  ///< of an access
  };

  struct Grant {
    PatientId patient;
    AccountId organisation;
    TimeMs from;
    TimeMs to;
  };

  [[nodiscard]] Expected expect(const AccountId& submitter,
                                TimeMs time,
                                const ledger::OperationBody& body,
                                const ledger::DecodedOperation& operation);
  [[nodiscard]] Expected grant(const ledger::OperationBody& body,
                               const ledger::GrantTerms& terms,
                               const ledger::DecodedOperation& operation);
  [[nodiscard]] bool permits(const AccountId& submitter,
                             TimeMs time,
                             const ledger::AccessRequest& request) const;

  const Consortium& consortium_;
  std::map<PatientId, AccountId> patients_;  ///< and their custodians
  std::map<AccountId, AccountId> doctors_;   ///< and their organisations
  std::map<RecordId, PatientId> records_;
  std::map<PatientId, std::uint64_t> sequences_;  ///< of grants
  std::map<GrantId, Grant> grants_;               ///< not revoked
  std::set<std::pair<PatientId, GrantId>> revoked_;
};

}  // namespace galen::sim
