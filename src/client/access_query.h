// Access requests: made, signed by the requester, and encoded for the queries of galen.v1.
// Thread rule: one thread.
#pragma once

#include "client/authorise.h"
#include "client/session.h"
#include "galen/own_queries.h"
#include "galen/types.h"
#include "ledger/own_query.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// A person who asks, with the keys needed.
struct Requester {
  Signer signer;
  std::optional<crypto::PrivateKey> agreement_key;  ///< the registered one, when it is at hand
  ledger::AuthorisationRole role = ledger::AuthorisationRole::kRequester;
};

/// The person of `asker`, or the patient himself when the ids are equal. kConfig,
/// kInvalidArgument.
[[nodiscard]] Result<Requester> find_requester(Session& session,
                                               const Asker& asker,
                                               const PatientId& patient);

struct Question {
  PatientId patient;
  std::string purpose;
  ledger::Action action = ledger::Action::kRead;
  std::vector<RecordId> records;
  std::optional<AccountId> project{};
  std::uint64_t valid_ms = 2 * 60 * 1000;  ///< at most limits::kMaxAccessRequestMs
};

/// A request of this client's organisation with a fresh id. Without an agreement key its recipient
/// key is zero, which is enough to ask for a list.
[[nodiscard]] ledger::AccessRequest make_request(Session& session,
                                                 const Requester& requester,
                                                 const Question& question);

/// An option `--project`; empty is none. kInvalidArgument.
[[nodiscard]] Result<std::optional<AccountId>> parse_project(const std::string& text);

/// An access that stands in the patient's log.
struct CommittedAccess {
  Receipted receipted;
  std::vector<bool> permits;  ///< of the request's records, in their order
  TimeMs expiry;              ///< of the request
};

/// Signs and commits. kMalformed for an answer without its result; errors of Session::transact_one.
[[nodiscard]] Result<CommittedAccess> commit_access(Session& session,
                                                    const Requester& requester,
                                                    const Question& question);

/// The same for a list of whatever of the patient may be discovered. kNotFound when it is refused.
[[nodiscard]] Result<CommittedAccess> commit_listing(Session& session,
                                                     const Requester& requester,
                                                     Question question);

/// A request names at least one record: the zero id stands for "whichever there are" in a list.
[[nodiscard]] ledger::AccessRequest with_some_record(ledger::AccessRequest request);

/// What a patient signs to see what is his.
[[nodiscard]] ledger::AccessRequest make_own_query(Session& session,
                                                   const Requester& patient,
                                                   const PatientId& self,
                                                   ledger::OwnQuery query,
                                                   BytesView about = {});

/// What a patient asks about himself by his signature; empty when `asked` is his organisation's
/// own question. `about` as in ledger::record_of(). kInvalidArgument when `asked.as` is anybody but
/// the patient; kConfig for keys.
[[nodiscard]] Result<OwnRequest> own_request(Session& session,
                                             const PersonQuery& asked,
                                             ledger::OwnQuery query,
                                             BytesView about = {});

/// Canonical bytes of a request, as Consent.Check and a patient's Ledger.Watch take it.
[[nodiscard]] Bytes encode_query(const ledger::AccessRequest& request);
/// Canonical bytes of the requester's authorisation over a request.
[[nodiscard]] Bytes sign_query(const Session& session,
                               const ledger::AccessRequest& request,
                               const Requester& requester);

}  // namespace galen::client
