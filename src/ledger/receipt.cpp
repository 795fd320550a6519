#include "ledger/receipt.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "ledger/fields.h"

namespace galen::ledger {

using codec::Reader;
using codec::Writer;

std::string_view name(ResultCode code) {
  switch (code) {
    case ResultCode::kOk: return "ok";
    case ResultCode::kNotExecuted: return "not-executed";
    case ResultCode::kNonceUsed: return "nonce-used";
    case ResultCode::kExpired: return "expired";
    case ResultCode::kTooMuchWork: return "too-much-work";
    case ResultCode::kUnknownOrganisation: return "unknown-organisation";
    case ResultCode::kOrganisationInactive: return "organisation-inactive";
    case ResultCode::kNotAuthorised: return "not-authorised";
    case ResultCode::kBadAuthorisation: return "bad-authorisation";
    case ResultCode::kBadSignature: return "bad-signature";
    case ResultCode::kBadPossession: return "bad-possession";
    case ResultCode::kBadIdentifier: return "bad-identifier";
    case ResultCode::kAlreadyExists: return "already-exists";
    case ResultCode::kUnknownPatient: return "unknown-patient";
    case ResultCode::kErased: return "erased";
    case ResultCode::kUnknownPractitioner: return "unknown-practitioner";
    case ResultCode::kUnknownRecord: return "unknown-record";
    case ResultCode::kNotCustodian: return "not-custodian";
    case ResultCode::kUnknownGrantee: return "unknown-grantee";
    case ResultCode::kInvalidWindow: return "invalid-window";
    case ResultCode::kInvalidPurpose: return "invalid-purpose";
    case ResultCode::kInvalidGrantee: return "invalid-grantee";
    case ResultCode::kInvalidActions: return "invalid-actions";
    case ResultCode::kInvalidClasses: return "invalid-classes";
    case ResultCode::kUnknownPolicy: return "unknown-policy";
    case ResultCode::kSequenceUsed: return "sequence-used";
    case ResultCode::kGrantRevoked: return "grant-revoked";
    case ResultCode::kProxyRevoked: return "proxy-revoked";
    case ResultCode::kShadowed: return "shadowed";
    case ResultCode::kInvalidSupersedes: return "invalid-supersedes";
    case ResultCode::kTooManyGrants: return "too-many-grants";
    case ResultCode::kInvalidErase: return "invalid-erase";
    case ResultCode::kInvalidUses: return "invalid-uses";
    case ResultCode::kInvalidFlag: return "invalid-flag";
    case ResultCode::kNotSupported: return "not-supported";
    case ResultCode::kUnknownAccount: return "unknown-account";
    case ResultCode::kAccountInactive: return "account-inactive";
    case ResultCode::kKeyChanged: return "key-changed";
    case ResultCode::kInvalidKeyIndex: return "invalid-key-index";
    case ResultCode::kUnknownProxy: return "unknown-proxy";
    case ResultCode::kNotLinked: return "not-linked";
    case ResultCode::kNotCurrent: return "not-current";
    case ResultCode::kUnknownGroup: return "unknown-group";
    case ResultCode::kWrongVersion: return "wrong-version";
    case ResultCode::kTooManyMembers: return "too-many-members";
    case ResultCode::kInvalidReason: return "invalid-reason";
    case ResultCode::kInvalidDataPeriod: return "invalid-data-period";
    case ResultCode::kWindowTooLong: return "window-too-long";
    case ResultCode::kBeyondProxy: return "beyond-proxy";
    case ResultCode::kProxyNotInForce: return "proxy-not-in-force";
    case ResultCode::kAuthorisationExpired: return "authorisation-expired";
    case ResultCode::kInvalidFollow: return "invalid-follow";
    case ResultCode::kInvalidOverride: return "invalid-override";
    case ResultCode::kTooManyVersions: return "too-many-versions";
    case ResultCode::kUnknownRecovery: return "unknown-recovery";
    case ResultCode::kRecoveryEnded: return "recovery-ended";
    case ResultCode::kCoolingOff: return "cooling-off";
    case ResultCode::kNotPrivileged: return "not-privileged";
    case ResultCode::kUnknownDeclaration: return "unknown-declaration";
    case ResultCode::kAlreadyReviewed: return "already-reviewed";
    case ResultCode::kSameReviewer: return "same-reviewer";
    case ResultCode::kQuotaExceeded: return "quota-exceeded";
    case ResultCode::kJournalGap: return "journal-gap";
    case ResultCode::kJournalConflict: return "journal-conflict";
    case ResultCode::kUnknownJournal: return "unknown-journal";
    case ResultCode::kUnknownRequest: return "unknown-request";
    case ResultCode::kNotApproved: return "not-approved";
    case ResultCode::kHeld: return "held";
    case ResultCode::kWrongCount: return "wrong-count";
    case ResultCode::kRetentionNotOver: return "retention-not-over";
    case ResultCode::kUnknownOrder: return "unknown-order";
    case ResultCode::kAlreadyAttested: return "already-attested";
    case ResultCode::kUnknownHold: return "unknown-hold";
  }
  return "?";
}

bool is_valid(ResultCode code) {
  return name(code) != "?";
}

namespace fields {

void write(Writer& w, const Receipt& receipt) {
  w.raw(receipt.transaction).boolean(receipt.ok).raw(receipt.results_root);
}

Receipt read_receipt(Reader& r) {
  Receipt receipt;
  receipt.transaction = r.fixed<TxId>();
  receipt.ok = r.boolean();
  receipt.results_root = r.fixed<Digest>();
  return receipt;
}

}  // namespace fields

Bytes encode(const Receipt& receipt) {
  Writer w;
  fields::write(w, receipt);
  return std::move(w).take();
}

Result<Receipt> decode_receipt(BytesView bytes) {
  Reader r(bytes, "receipt");
  const Receipt receipt = fields::read_receipt(r);
  return fields::finish(r, receipt);
}

Bytes encode(const OperationResult& result) {
  Writer w;
  w.enumeration(result.code).bytes(result.detail);
  return std::move(w).take();
}

Result<OperationResult> decode_operation_result(BytesView bytes) {
  Reader r(bytes, "operation result");
  OperationResult result;
  result.code = r.enumeration<ResultCode>([](ResultCode code) { return is_valid(code); });
  result.detail = to_bytes(r.bytes(limits::kMaxOperationBytes));
  return fields::finish(r, std::move(result));
}

Digest result_commitment(const Random32& salt, const OperationResult& result) {
  Writer tag;
  tag.tag("result");
  return crypto::tagged("result", crypto::hmac_sha256(salt, tag.view()), encode(result));
}

Digest results_root(const std::vector<Digest>& commitments) {
  std::vector<Digest> leaves;
  leaves.reserve(commitments.size());
  for (const Digest& commitment : commitments) leaves.push_back(crypto::merkle_leaf(commitment));
  return crypto::merkle_root(leaves);
}

Digest receipt_leaf(const Receipt& receipt) {
  return crypto::merkle_leaf(encode(receipt));
}

}  // namespace galen::ledger
