// Links between patients of two custodians: agree, link, unlink.
#include "base/hex.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/key_file.h"
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
  return to_hex(ledger::encode(agreement)) + "\n";
}

Result<ledger::Authorisation> read_approval(const std::string& path) {
  GALEN_TRY(std::string text, read_text_file(path, kMaxConfigBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto bytes = from_hex(text);
  if (!bytes) return fail_in(path, bytes.error());
  return ledger::decode_authorisation(*bytes);
}

Result<Committed> link(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  Authorised authorised{ledger::LinkPatient{pair.first, pair.second}, {}};
  if (!options.approval_file.empty()) {
    GALEN_TRY(auto approval, read_approval(options.approval_file));
    authorised.authorisations.push_back(approval);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<Committed> unlink(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  GALEN_TRY(const auto reason, parse_code<ledger::UnlinkReason>(options.reason, "--reason"));
  const ledger::UnlinkPatient operation{pair.first, pair.second, reason};
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
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
