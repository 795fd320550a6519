// Links between patients of two custodians: agree, link, unlink.
#include "base/hex.h"
#include "client/approval_file.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "galen/identity.h"

#include <utility>

namespace galen::client {

namespace {

constexpr auto kAgreement = std::chrono::hours(24);

struct Pair {
  PatientId first;
  PatientId second;
};

Result<Pair> pair_of(const LinkOptions& options) {
  Pair pair;
  GALEN_TRY(pair.first, parse_id<PatientId>(options.patient, "patient"));
  GALEN_TRY(pair.second, parse_id<PatientId>(options.other, "--with"));
  if (pair.first == pair.second) {
    return fail(ErrorCode::kInvalidArgument, "--with: another patient");
  }
  if (pair.second < pair.first) std::swap(pair.first, pair.second);
  return pair;
}

Result<std::string> approve_link(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  const Signer own{session.organisation().id, session.signing_key(), session.signing_index()};
  const auto agreement = approve(session,
                                 ledger::LinkPatient{pair.first, pair.second},
                                 ledger::AuthorisationRole::kCustodian,
                                 own,
                                 kAgreement);
  return approval_text({ledger::encode(agreement)});
}

Result<Committed> link(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  Authorised authorised{ledger::LinkPatient{pair.first, pair.second}, {}};
  if (!options.approval_file.empty()) {
    GALEN_TRY(const auto parts, read_approval(options.approval_file, 1));
    GALEN_TRY(const auto approval, ledger::decode_authorisation(parts.front()));
    authorised.authorisations.push_back(approval);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<Committed> unlink(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  GALEN_TRY(const auto reason, parse_code<ledger::UnlinkReason>(options.reason, "--reason"));
  const ledger::UnlinkPatient operation{pair.first, pair.second, reason};
  Authorised authorised{operation, {}};
  if (options.by_patient || !options.key_file.empty()) {
    GALEN_TRY(const auto patient, parse_id<AccountId>(options.patient, "patient"));
    GALEN_TRY(const Signer signer, find_signer(session, patient, options.key_file));
    authorised = authorise(session, operation, ledger::AuthorisationRole::kPatient, signer);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

}  // namespace

Outcome<std::string> Identity::approve_link(const LinkOptions& options) {
  return outcome_of("patient link", [&] { return client::approve_link(*session_, options); });
}

Outcome<Committed> Identity::link(const LinkOptions& options) {
  return outcome_of("patient link", [&] { return client::link(*session_, options); });
}

Outcome<Committed> Identity::unlink(const LinkOptions& options) {
  return outcome_of("patient unlink", [&] { return client::unlink(*session_, options); });
}

}  // namespace galen::client
