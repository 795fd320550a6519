// A ward with an emergency: a privileged clinician of hospital 1, a patient and a record of
// hospital 0, a privacy officer at each; and a journal at hospital 0. Thread rule: one thread.
#pragma once

#include "codec/codec.h"
#include "support/health_world.h"

#include <utility>
#include <vector>

namespace galen::test {

class EmergencyWorld : public HealthWorld {
 public:
  static constexpr std::uint64_t kHour = 60ULL * 60 * 1000;

  EmergencyWorld() {
    state.put(ledger::StateKey::main(ledger::KeyKind::kReceiptKey, custodian.id),
              receipt_key_value());
  }

  /// A declaration of the clinician from now on for two hours.
  [[nodiscard]] ledger::DeclareEmergency declaration() {
    ledger::DeclareEmergency operation;
    operation.seed = test_id<Random32>(next_number());
    operation.person = doctor.id;
    operation.organisation = clinic.id;
    operation.patient = patient.patient();
    operation.from = now;
    operation.to = TimeMs{now.value + 2 * kHour};
    rename(operation);
    return operation;
  }

  /// After a change: its id is of everything it says.
  void rename(ledger::DeclareEmergency& operation) const {
    operation.declaration = ledger::declaration_id(chain, operation);
  }

  ledger::ResultCode declare(const ledger::DeclareEmergency& operation) {
    return execute(operation, clinic, {signed_by(operation, doctor)}).code;
  }

  [[nodiscard]] ledger::Authorisation signed_by(const ledger::Operation& operation,
                                                const Party& person) const {
    return sign(operation, person, ledger::AuthorisationRole::kRequester);
  }

  [[nodiscard]] ledger::ReviewEmergency review(const ledger::DeclareEmergency& declared,
                                               const Party& reviewer) const {
    return {declared.patient, declared.declaration, reviewer.id, ledger::ReviewOutcome::kJustified};
  }

  ledger::ResultCode review_by(const ledger::DeclareEmergency& declared,
                               const Party& reviewer,
                               const Party& submitter) {
    const auto operation = review(declared, reviewer);
    return execute(operation, submitter, {signed_by(operation, reviewer)}).code;
  }

  /// The clinician's emergency request for the record.
  ledger::AccessRequest emergency_request(std::vector<RecordId> records) {
    auto asked = request(doctor, clinic.id, patient, std::move(records));
    asked.purpose = "BTG";
    return asked;
  }

  /// The next entry of the journal: a release of the record.
  ledger::LogEmergency next_entry(const DeclarationId& declared) {
    ledger::LogEmergency entry;
    entry.journal = journal;
    entry.number = ++number;
    entry.previous = head;
    entry.salt = test_id<Random32>(next_number());
    entry.declaration = declared;
    entry.request = emergency_request({record});
    entry.reasons = {static_cast<std::uint8_t>(policy::Reason::kBreakGlass)};
    entry.state_height = height;
    entry.time = now;
    head = ledger::journal_entry_hash(chain, entry);
    return entry;
  }

  ledger::ResultCode log(const ledger::LogEmergency& entry) {
    const ledger::LogAccess asked{entry.request};
    const auto authorisation =
        sign(asked, doctor, ledger::AuthorisationRole::kRequester, {.submitter = clinic.id});
    return execute(entry, custodian, {authorisation}).code;
  }

  /// An anchor of everything after `last` with hash `previous`.
  [[nodiscard]] ledger::AnchorJournal anchor(std::uint64_t last = 0,
                                             const Digest& previous = {}) const {
    ledger::AnchorJournal operation;
    operation.organisation = custodian.id;
    operation.journal = journal;
    operation.first = last + 1;
    operation.last = number;
    operation.previous = previous;
    operation.head = head;
    return operation;
  }

  ledger::ResultCode bring(const ledger::AnchorJournal& operation) {
    return execute(operation, custodian).code;
  }

  [[nodiscard]] ledger::AnchorJournalReceipt receipt(std::uint64_t of, const Digest& entry) const {
    return {custodian.id,
            journal,
            of,
            entry,
            node_key.sign(ledger::journal_receipt_statement(chain, journal, of, entry))};
  }

  Party custodian = hospitals[0];
  Party clinic = hospitals[1];
  Party patient = add_patient(custodian);
  RecordId record = add_record(custodian, patient);
  Party doctor = add_practitioner(clinic, ledger::Role::kClinician, true);
  Party officer = add_practitioner(clinic, ledger::Role::kPrivacyOfficer);
  Party custodian_officer = add_practitioner(custodian, ledger::Role::kPrivacyOfficer);
  crypto::PrivateKey node_key = test_key(5);
  JournalId journal = test_id<JournalId>(77);
  std::uint64_t number = 0;  ///< of the last entry
  Digest head;               ///< its hash

 private:
  [[nodiscard]] Bytes receipt_key_value() const {
    codec::Writer w;
    w.u16(1).raw(node_key.public_key());
    return std::move(w).take();
  }
};

}  // namespace galen::test
