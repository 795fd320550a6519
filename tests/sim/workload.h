// What the hospitals' people do in a simulated run: patients and doctors come, records are
// appended, access is granted, revoked and asked for, persons and records are erased. Operations
// follow what was signed, not what has committed: out of order, or after a loss, some are rejected,
// as in life. Thread rule: one thread.
#pragma once

#include "ledger/operation.h"
#include "sim/consortium.h"
#include "sim/rng.h"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace galen::sim {

/// What a scenario has done for the patient who came last.
enum class Step : std::uint8_t { kRecord, kDoctor, kGrant, kAccess };

class Workload {
 public:
  /// How many bodies the chain has, which an erasure order must say.
  using Count = std::function<std::uint64_t(const ledger::BodiesOf&)>;

  /// `keys`: a hospital's signing keys by index, as the chain has them now.
  Workload(const Consortium& consortium, Count count, KeysOf keys);

  /// Every signing key that a hospital ever had, or may still get.
  [[nodiscard]] std::vector<PublicKey> keys_ever(const AccountId& hospital) const;

  /// A transaction of one operation, signed by the hospital and whoever else must.
  [[nodiscard]] Bytes next(
      std::size_t hospital, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng);
  /// The same of a new patient: it takes effect whatever came before.
  [[nodiscard]] Bytes new_patient(std::size_t hospital,
                                  ledger::Nonce nonce,
                                  TimeMs valid_until,
                                  Rng& rng);
  /// Asks for the erasure of the patient who came last; when the hospital asked for one before,
  /// orders that.
  [[nodiscard]] Bytes erase_newest(
      std::size_t hospital, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng);

  struct Directed {
    Step step{};
    std::size_t hospital = 0;  ///< that signs
    std::size_t to = 0;        ///< hospital that a grant is for
    TimeMs ends;               ///< of a grant
  };

  /// One step about the patient who came last: his hospital's record, a doctor of `hospital`, a
  /// grant to hospital `to`, an access by the doctor of `hospital` who came last.
  [[nodiscard]] Bytes directed(
      const Directed& wanted, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng);

 private:
  struct Person {
    AccountId id;
    crypto::PrivateKey signing;
    PublicKey agreement;
  };

  struct Patient {
    Person person;
    std::size_t hospital = 0;
    std::uint64_t sequence = 0;
    std::vector<RecordId> records{};
    std::vector<GrantId> grants{};
  };

  /// Asked for and, for all that is known here, not ordered yet.
  struct Request {
    ledger::RequestErasure operation;
    std::size_t hospital = 0;
  };

  struct Signed {
    ledger::Operation operation;
    std::vector<ledger::Authorisation> authorisations{};
  };

  /// Keys for somebody whose registration this is; they go into it.
  template <class Registration>
  [[nodiscard]] static Person with_keys(Registration& registration, const AccountId& id, Rng& rng);
  [[nodiscard]] Signed registration(std::size_t hospital, Rng& rng);
  [[nodiscard]] Signed doctor(std::size_t hospital, Rng& rng);
  [[nodiscard]] Signed record(std::size_t hospital, Patient& patient, TimeMs now, Rng& rng);
  /// To a hospital.
  [[nodiscard]] Signed grant(Patient& patient, std::size_t to, TimeMs from, TimeMs until);
  [[nodiscard]] Signed some_grant(TimeMs now, Rng& rng);
  [[nodiscard]] Signed revocation(Rng& rng);
  [[nodiscard]] Signed erasure_request(std::size_t hospital, Patient& patient, Rng& rng);
  [[nodiscard]] Signed erasure_order(const ledger::RequestErasure& asked, TimeMs now) const;
  [[nodiscard]] Signed erasure_withdrawal(const ledger::RequestErasure& asked);
  [[nodiscard]] std::size_t custodian_of(const PatientId& patient) const;
  /// That this hospital may order: it brought it, or has the patient. nullptr: there is none.
  [[nodiscard]] Request* open_request(std::size_t hospital);
  [[nodiscard]] Signed rotation(std::size_t hospital, Rng& rng);
  [[nodiscard]] Signed some_access(std::size_t hospital, TimeMs now, Rng& rng);
  [[nodiscard]] Signed access(
      std::size_t hospital, const Patient& patient, const RecordId& record, TimeMs now, Rng& rng);

  struct Signer {
    std::uint16_t index = 0;
    const crypto::PrivateKey* key = nullptr;
  };

  /// Of the keys that stand.
  [[nodiscard]] Signer signer(std::size_t hospital) const;
  /// Any key it ever made at any place: most are retired, not known yet, or elsewhere.
  [[nodiscard]] Signer stale_signer(std::size_t hospital, Rng& rng) const;

  [[nodiscard]] Patient& some_patient(Rng& rng) { return patients_[rng.below(patients_.size())]; }

  /// A second hospital's, beside the patient's.
  [[nodiscard]] ledger::Authorisation agreement(const ledger::Operation& operation,
                                                std::size_t hospital) const;
  [[nodiscard]] ledger::Authorisation sign(const ledger::Operation& operation,
                                           const Person& person,
                                           ledger::AuthorisationRole role,
                                           std::uint64_t sequence) const;
  [[nodiscard]] Bytes statement(const ledger::Operation& operation,
                                const ledger::Authorisation& authorisation) const;
  [[nodiscard]] Bytes transaction(std::size_t hospital,
                                  const Signer& signer,
                                  Signed&& operation,
                                  ledger::Nonce nonce,
                                  TimeMs valid_until,
                                  Rng& rng) const;

  const Consortium& consortium_;
  Count count_;
  KeysOf keys_;
  std::vector<std::vector<crypto::PrivateKey>> made_keys_;  ///< by hospital
  std::vector<Patient> patients_;
  std::vector<Request> requests_;
  std::vector<std::optional<Person>> doctors_;  ///< by hospital
};

}  // namespace galen::sim
