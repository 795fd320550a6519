// Receipts: permanent outcome of a transaction, and erasable result details per operation
// (PRIVACY.md 5). FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <string_view>
#include <vector>

namespace galen::ledger {

/// Outcome of one operation. Stable, documented in docs/api.md.
enum class ResultCode : std::uint16_t {
  kOk = 0,
  kNotExecuted = 1,   ///< a neighbour in the transaction failed
  kNonceUsed = 2,     ///< transaction level
  kExpired = 3,       ///< valid_until is before the block's time
  kNotSupported = 4,  ///< reserved: every operation has its module
  kTooMuchWork = 5,   ///< the transaction asks for more than every node may be made to do
  kUnknownOrganisation = 10,
  kOrganisationInactive = 11,
  kNotAuthorised = 12,     ///< signer may not do this
  kBadAuthorisation = 13,  ///< missing or wrong authorisation
  kBadSignature = 14,
  kBadPossession = 15,
  kBadIdentifier = 16,  ///< id is not derived from the submitter and seed
  kAlreadyExists = 17,
  kUnknownAccount = 18,   ///< no such person or device
  kAccountInactive = 19,  ///< the person or device is suspended or revoked
  kUnknownPatient = 20,
  kErased = 21,
  kUnknownPractitioner = 22,
  kUnknownRecord = 23,
  kNotCustodian = 24,
  kKeyChanged = 25,       ///< the key to be replaced is not the present one
  kInvalidKeyIndex = 26,  ///< place of a signing key that is taken or too high
  kUnknownProxy = 27,
  kNotLinked = 28,
  kNotCurrent = 29,  ///< the record was replaced or retracted
  kUnknownGrantee = 30,
  kInvalidWindow = 31,
  kInvalidPurpose = 32,
  kInvalidGrantee = 33,
  kInvalidActions = 34,
  kInvalidClasses = 35,
  kUnknownPolicy = 36,
  kSequenceUsed = 37,  ///< not above the last sequence of (patient, account)
  kGrantRevoked = 38,  ///< a revocation for this grant id came first
  kShadowed = 39,      ///< an active deny overlaps (conflict)
  kInvalidSupersedes = 40,
  kTooManyGrants = 41,
  kInvalidErase = 42,
  kInvalidUses = 43,
  kInvalidFlag = 44,  ///< a field that its effect does not allow
  kUnknownGroup = 45,
  kWrongVersion = 46,  ///< not the version, or the count of changes, that follows
  kTooManyMembers = 47,
  kInvalidReason = 48,         ///< a reason that the act needs is missing or does not fit
  kInvalidDataPeriod = 49,     ///< data_from is not before data_to
  kUnknownRecovery = 50,       ///< none in use, or none asked for
  kRecoveryEnded = 51,         ///< vetoed or completed
  kCoolingOff = 52,            ///< its time is not over
  kWindowTooLong = 53,         ///< a permit for longer than its purposes may be given
  kBeyondProxy = 54,           ///< a proxy's grant that outlives him
  kProxyNotInForce = 55,       ///< before his first or after his last instant
  kAuthorisationExpired = 56,  ///< its not_after is over
  kInvalidFollow = 57,         ///< follow, without a group or project
  kInvalidOverride = 58,       ///< FORBID in a permit
  kTooManyVersions = 59,       ///< of one record
  kNotPrivileged = 60,         ///< no emergency privilege
  kUnknownDeclaration = 61,
  kAlreadyReviewed = 62,
  kSameReviewer = 63,     ///< the reviewer is who declared, or of the same role
  kQuotaExceeded = 64,    ///< too many wait: for review, for their entries, or holds stand
  kJournalGap = 65,       ///< does not continue the journal
  kJournalConflict = 66,  ///< another entry stands at this number
  kUnknownJournal = 67,
  kUnknownRequest = 70,  ///< no such erasure request
  kNotApproved = 71,     ///< the request lacks a second party
  kHeld = 72,            ///< a legal hold stands against it
  kWrongCount = 73,      ///< not the number of operations that the erasure removes
  kRetentionNotOver = 74,
  kUnknownOrder = 75,  ///< no such erasure order
  kAlreadyAttested = 76,
  kUnknownHold = 77,
  kProxyRevoked = 78,  ///< the patient's revocation of this proxy came first
};

[[nodiscard]] std::string_view name(ResultCode code);
[[nodiscard]] bool is_valid(ResultCode code);

/// Permanent.
struct Receipt {
  TxId transaction;
  bool ok = false;
  Digest results_root;
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// Erasable: encrypted with its operation's body. `detail` is operation-specific canonical bytes
/// (GrantAccess: the grant id; LogAccess: which records are permitted).
struct OperationResult {
  ResultCode code = ResultCode::kOk;
  Bytes detail;
  friend bool operator==(const OperationResult&, const OperationResult&) = default;
};

[[nodiscard]] Bytes encode(const Receipt& receipt);
[[nodiscard]] Result<Receipt> decode_receipt(BytesView bytes);
[[nodiscard]] Bytes encode(const OperationResult& result);
[[nodiscard]] Result<OperationResult> decode_operation_result(BytesView bytes);

/// H("result" || HMAC(salt, tag "result") || encode(result)).
[[nodiscard]] Digest result_commitment(const Random32& salt, const OperationResult& result);
/// RFC 6962 root over merkle_leaf(commitment) of each operation.
[[nodiscard]] Digest results_root(const std::vector<Digest>& commitments);
/// Leaf hash of a receipt in the receipts root.
[[nodiscard]] Digest receipt_leaf(const Receipt& receipt);

}  // namespace galen::ledger
