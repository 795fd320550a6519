// Keys, proxies and standing of accounts: the part of the client library for identity. Ids, times
// and codes as in galen/types.h. Thread rule: as Client, one thread.
#pragma once

#include "galen/outcome.h"
#include "galen/own_queries.h"
#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

class Session;

struct ProxyOptions {
  std::string patient;
  std::string kind = "guardian";      ///< guardian, attorney or caretaker
  std::vector<std::string> purposes;  ///< empty = FAMRQT
  std::string from;                   ///< empty = now
  std::string until;                  ///< needed; also "+30d"
  std::vector<std::string> excluded_labels;
  LabelOptions labels_as;
  bool may_grant = false;
  bool without_patient = false;  ///< who cannot sign: his custodian stands for him
  std::string patient_key_file;  ///< the patient's signing key, when he holds it himself
  std::string signing_key_file;  ///< the proxy's own keys; empty = new ones in the profile
  std::string agreement_key_file;
};

struct ProxyView {
  std::string proxy;
  std::string kind;
  std::string status;  ///< "in force", "not yet", "ended" or "revoked"
  std::vector<std::string> purposes;
  std::vector<std::string> excluded_labels;  ///< as in RecordView
  std::optional<std::uint32_t> labels_key_id;
  std::uint64_t from_ms = 0;
  std::uint64_t until_ms = 0;
  std::optional<std::uint64_t> revoked_ms;
  std::string attested_by;
  bool may_grant = false;
  bool by_patient = false;
};

struct RevokeProxyOptions {
  std::string patient;
  std::string proxy;
  bool by_patient = false;  ///< sign as the patient; else as the attesting organisation
  std::string key_file;     ///< the patient's signing key
  std::string reason = "unspecified";
  /// By the patient: also a proxy whom the ledger does not know yet.
  bool in_advance = false;
};

/// New keys of a patient, practitioner or device.
struct RotatePersonOptions {
  std::string account;
  std::string use = "signing";  ///< signing or agreement
  std::string key_file;         ///< present signing key, when the person holds it himself
  std::string out;              ///< then: file to create for the new key
};

struct RotateOrganisationOptions {
  std::string use;       ///< signing or tls
  std::string key_file;  ///< new key that is there already; or
  std::string out;       ///< file to create for it
};

struct RotatedKey {
  std::string account;
  std::string public_key;
  std::uint16_t index = 0;  ///< of a signing key
  std::string file;         ///< where the new key is; empty = in the profile
  Committed committed;
};

struct StandingOptions {
  std::string account;  ///< organisation name or id; practitioner id
  std::string status;   ///< suspended, revoked or active
  std::string reason;   ///< key-compromised, left, misconduct, investigation, resolved
  std::string until;    ///< organisations: end of the ballot; empty = one to two weeks, the same
                        ///< for votes of one week
};

struct BallotView {
  bool in_force = false;
  std::uint16_t votes = 0;
  std::uint16_t needed = 0;
  Committed committed;
};

struct SetRecoveryOptions {
  std::string account;
  std::vector<std::string> guardian_key_files;      ///< signing keys of persons who are present
  std::vector<std::string> guardian_organisations;  ///< names
  std::uint32_t threshold = 1;
  std::uint32_t cooling_off_hours = 72;
  std::string key_file;  ///< the account's own signing key, when its holder signs
};

struct RequestRecoveryOptions {
  std::string account;
  std::vector<std::string> guardian_key_files;
  bool as_organisation = false;    ///< this organisation is one of the guardians
  std::string signing_key_file;    ///< new keys of a person who holds them; empty = new ones,
  std::string agreement_key_file;  ///< kept beside the present ones of the profile
};

struct RecoveryOptions {
  std::string account;
  std::string recovery;  ///< empty = the one the own node knows
  std::string key_file;  ///< veto: the account's own signing key
};

struct RecoveryView {
  std::string recovery;  ///< empty: never asked for
  std::string status;    ///< "open", "vetoed", "completed" or "none"
  std::uint64_t requested_ms = 0;
  std::uint64_t ready_ms = 0;
  std::uint32_t threshold = 0;  ///< 0: no guardians
  std::vector<std::string> guardians;
  std::uint64_t cooling_off_ms = 0;
};

/// A patient whom another custodian, or the same, says to be the same person.
struct LinkView {
  std::string other;      ///< patient id
  std::string linked_by;  ///< the custodian who brought it; the other one agreed
  std::string agreed_by;
  std::uint64_t linked_ms = 0;
  std::optional<std::uint64_t> unlinked_ms;
  std::string reason;  ///< once unlinked
};

struct PatientView {
  std::string patient;
  std::string custodian;
  std::string keys_held_by;  ///< "patient" or "custodian"
  /// Another put the keys in place that the patient holds: at a handover, or guardians.
  bool keys_passed_hands = false;
  std::uint64_t registered_height = 0;
  std::vector<ProxyView> proxies;
  std::vector<std::string> proxies_revoked_in_advance;
  std::vector<LinkView> links;
  RecoveryView recovery;
};

struct LinkOptions {
  std::string patient;
  std::string other;
  std::string approval_file;            ///< the other custodian's, from approve_link
  std::string reason = "wrong-person";  ///< unlink: wrong-person, patient-request, organisational
  bool by_patient = false;  ///< unlink: sign as the patient; else as one of the custodians
  std::string key_file;     ///< the patient's signing key, when he holds it himself
};

/// REQUIRES: the Client it comes from lives.
class Identity {
 public:
  explicit Identity(Session& session) : session_(&session) {}

  /// This organisation attests. kRejected.
  [[nodiscard]] Outcome<Registered> authorize_proxy(const ProxyOptions& options);
  [[nodiscard]] Outcome<Committed> revoke_proxy(const RevokeProxyOptions& options);
  /// Ended ones too.
  [[nodiscard]] Outcome<std::vector<ProxyView>> list_proxies(const PersonQuery& query);
  /// Everything that stands about a patient beside grants, records and accesses, as the node that
  /// answers tells it: `proof get` proves each part.
  [[nodiscard]] Outcome<PatientView> patient(const PersonQuery& query);

  /// New keys are on the disk before the ledger knows them.
  [[nodiscard]] Outcome<RotatedKey> rotate_person(const RotatePersonOptions& options);
  [[nodiscard]] Outcome<RotatedKey> rotate_organisation(const RotateOrganisationOptions& options);

  [[nodiscard]] Outcome<Committed> set_practitioner(const StandingOptions& options);
  /// This organisation's vote, or its own suspension.
  [[nodiscard]] Outcome<BallotView> set_organisation(const StandingOptions& options);

  /// Who may give an account new keys. Guardians are persons who are present, or organisations.
  [[nodiscard]] Outcome<Committed> set_recovery(const SetRecoveryOptions& options);
  /// The recovery's id is in `Registered::id`.
  [[nodiscard]] Outcome<Registered> request_recovery(const RequestRecoveryOptions& options);
  [[nodiscard]] Outcome<Committed> veto_recovery(const RecoveryOptions& options);
  /// Also puts keys that request_recovery made into the profile.
  [[nodiscard]] Outcome<Committed> complete_recovery(const RecoveryOptions& options);
  [[nodiscard]] Outcome<RecoveryView> recovery(const PersonQuery& query);

  /// This custodian's agreement to a link that the other one submits within a day, for a file.
  [[nodiscard]] Outcome<std::string> approve_link(const LinkOptions& options);
  [[nodiscard]] Outcome<Committed> link(const LinkOptions& options);
  [[nodiscard]] Outcome<Committed> unlink(const LinkOptions& options);

 private:
  Session* session_;
};

}  // namespace galen::client
