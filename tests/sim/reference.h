// The trivial reference state machine (I5): what must become of every operation of the chain, by
// sets and maps and the rules of docs/consent.md for the operations that tests/sim/workload.h
// makes; and which record may be read at which height (I13). Knows no code of the modules. Thread
// rule: one thread.
#pragma once

#include "execution/executor.h"
#include "sim/consortium.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace galen::sim {

class Reference {
 public:
  explicit Reference(const Consortium& consortium);

  /// Block by block. Throws Violation I5 when a transaction had another outcome than it must.
  void take(const ledger::BlockHeader& header,
            const std::vector<ledger::DecodedTransactionPtr>& transactions,
            const execution::BlockOutcome& outcome);

  /// Whether a node at this height whose clock shows `now` may release the record of an access: the
  /// access was committed with a permit, which stands by both clocks, the node's and the chain's.
  [[nodiscard]] bool may_read(Height height,
                              TimeMs block_time,
                              TimeMs now,
                              const ledger::AccessRequest& request) const;

  /// A hospital's signing keys after the last block, by index; zero: retired.
  [[nodiscard]] const std::vector<PublicKey>& keys(const AccountId& hospital) const {
    return keys_.at(hospital);
  }

  /// Of the access that was decided last.
  [[nodiscard]] std::optional<bool> last_permit() const { return last_permit_; }

 private:
  struct Expected {
    bool ok = false;
    bool permit = false;  ///< of an access
  };

  /// From a height on, until it is erased.
  struct Life {
    Height begin;
    std::optional<Height> end;

    [[nodiscard]] bool holds(Height height) const {
      return begin <= height && (!end || *end > height);
    }
  };

  struct Patient {
    AccountId custodian;
    ledger::KeyHolder held_by = ledger::KeyHolder::kCustodian;
    Life life;
  };

  struct Record {
    PatientId patient;
    Life life;
  };

  /// A personal operation of the clinical compartment, rejected or not.
  struct Body {
    PatientId patient;
    std::optional<RecordId> record;
    bool counted = false;  ///< by the erasure of its record
  };

  struct Request {
    PatientId patient;
    std::optional<RecordId> record;
    AccountId submitter;
  };

  struct Grant {
    PatientId patient;
    AccountId organisation;
    TimeMs from;
    TimeMs to;
    Life life;  ///< until it is revoked
  };

  struct Access {
    TimeMs time;
    Height height;
    bool permit = false;
  };

  /// When a decision is made: what must have begun by `begun` and not have ended by `ended`.
  struct Instant {
    Height height;
    TimeMs begun;
    TimeMs ended;
  };

  [[nodiscard]] Expected expect(const AccountId& submitter,
                                const ledger::OperationBody& body,
                                const ledger::DecodedOperation& operation);
  [[nodiscard]] Expected grant(const ledger::OperationBody& body,
                               const ledger::GrantTerms& terms,
                               const ledger::DecodedOperation& operation);
  [[nodiscard]] Expected rotate(const AccountId& submitter, const ledger::RotateKey& rotation);
  [[nodiscard]] bool is_alive(const PatientId& patient) const;
  [[nodiscard]] bool takes_sequence(const PatientId& patient, const ledger::Authorisation& given);
  [[nodiscard]] Expected request(const AccountId& submitter,
                                 const ledger::OperationBody& body,
                                 const ledger::RequestErasure& asked);
  [[nodiscard]] Expected withdraw(const ledger::OperationBody& body,
                                  const ledger::WithdrawErasure& withdrawn);
  /// The request that an order uses up; nullptr when the order must fail.
  [[nodiscard]] const Request* ordered(const AccountId& submitter,
                                       const ErasureId& id,
                                       std::uint64_t operations);
  [[nodiscard]] Expected erase(const AccountId& submitter, const ledger::ErasePatient& order);
  [[nodiscard]] Expected erase(const AccountId& submitter, const ledger::EraseRecord& order);
  [[nodiscard]] Expected access(const AccountId& submitter, const ledger::AccessRequest& request);
  [[nodiscard]] bool permits(const ledger::AccessRequest& request, const Instant& at) const;

  const Consortium& consortium_;
  Height height_;  ///< of the block being taken
  TimeMs time_;
  std::optional<bool> last_permit_;
  std::map<AccountId, std::vector<PublicKey>> keys_;
  std::map<PatientId, Patient> patients_;
  std::map<AccountId, AccountId> doctors_;  ///< and their organisations
  std::map<RecordId, Record> records_;
  std::map<PatientId, std::uint64_t> sequences_;  ///< of grants
  std::map<GrantId, Grant> grants_;
  std::map<RequestId, Access> accesses_;
  std::map<ErasureId, Request> requests_;  ///< not used yet
  std::vector<Body> bodies_;
  std::set<std::pair<PatientId, GrantId>> revoked_;
};

}  // namespace galen::sim
