// Keys and values of the ledger's rows, column by column. FROZEN (docs/formats.md, "Stored rows").
// Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "execution/state_tree.h"
#include "ledger/block.h"
#include "ledger/evidence.h"
#include "ledger/receipt.h"
#include "ledger/state_key.h"
#include "ledger/transaction.h"
#include "storage/database.h"
#include "storage/keyring.h"
#include "storage/subject_keys.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace galen::storage {

/// Column numbers; `default` holds the head row.
enum class Column : std::uint8_t {
  kMeta = 0,
  kBlocks = 1,
  kTransactions = 2,
  kState = 3,
  kSubjects = 4,
  kBodies = 5,
  kStaging = 6,  ///< staging_rows.h
};

[[nodiscard]] std::vector<std::string> column_names();

/// Where the ledger stands: one row of kMeta, beside the evidence.
struct HeadRow {
  Height height;
  std::uint64_t journal_sequence = 0;
  KeyringId keyring;
  std::uint64_t keys_made = 0;  ///< by the keyring until then
  /// Destroyed keys that the keyring notes and no order here explains: of a ledger before this one.
  std::uint64_t strange_notes = 0;
};

[[nodiscard]] Bytes head_key();
[[nodiscard]] Bytes encode(const HeadRow& row);
[[nodiscard]] Result<HeadRow> decode_head_row(BytesView bytes);

/// What an evidence row adds to the evidence; the row's key says its slot again, in listing order.
struct EvidenceRow {
  TimeMs found;  ///< wall clock of this node
  ledger::Evidence evidence;
};

[[nodiscard]] Bytes evidence_prefix();
[[nodiscard]] Bytes evidence_key(const ledger::VoteSlot& slot);
[[nodiscard]] Bytes encode(const EvidenceRow& row);
[[nodiscard]] Result<EvidenceRow> decode_evidence_row(BytesView bytes);

// kBlocks
[[nodiscard]] Bytes header_key(Height height);
[[nodiscard]] Bytes encode_header_row(const ledger::BlockHeader& header,
                                      const std::optional<ledger::Certificate>& certificate);
/// Header, hash and certificate, which belong together. `chain` gives the hash at height 0.
/// kCorrupt.
[[nodiscard]] Result<Head> decode_header_row(BytesView bytes, const ChainId& chain);

/// What stays of a transaction for ever.
struct PermanentRow {
  ledger::TransactionHeader header;
  Signature signature;
  std::vector<Digest> commitments;  ///< per operation
  bool ok = false;
  Digest results_root;
  std::uint32_t first_operation = 0;  ///< its first operation's number in the block

  [[nodiscard]] ledger::Receipt receipt() const;
};

[[nodiscard]] Bytes permanent_prefix(Height height);
[[nodiscard]] Bytes permanent_key(const TransactionPlace& place);
[[nodiscard]] Bytes encode(const PermanentRow& row);
[[nodiscard]] Result<PermanentRow> decode_permanent_row(BytesView bytes);

/// One name per operation of the block: whose keys its body is sealed under. Zero: the body is
/// public or erased. An own row, because erasing a subject rewrites it.
using Locators = std::vector<KeyName>;
[[nodiscard]] Bytes locators_prefix();
[[nodiscard]] Bytes locators_key(Height height);
[[nodiscard]] Bytes encode(const Locators& locators);
[[nodiscard]] Result<Locators> decode_locators(BytesView bytes);

/// An operation's body and result, public or before sealing.
struct BodyRow {
  ledger::OperationBody body;
  ledger::OperationResult result;
};

[[nodiscard]] Bytes public_body_key(const TransactionPlace& place, std::uint16_t operation);
[[nodiscard]] Bytes encode(const BodyRow& row);
[[nodiscard]] Result<BodyRow> decode_body_row(BytesView bytes);

/// A link's body goes with either patient: in the first one's place `sealed` is its BodyRow under
/// the second one's keys, with this key's context; in the second one's place it is empty.
struct LinkBodyRow {
  KeyName other;
  Bytes sealed;
};

/// Whether an opened row of kBodies is one of these.
[[nodiscard]] bool is_link_body_row(BytesView bytes);
[[nodiscard]] Bytes encode(const LinkBodyRow& row);
/// kCorrupt.
[[nodiscard]] Result<LinkBodyRow> decode_link_body_row(BytesView bytes);

// kTransactions: key = transaction id
[[nodiscard]] Bytes encode(const TransactionPlace& place);
[[nodiscard]] Result<TransactionPlace> decode_place(BytesView bytes);

// kState: the main tree, in clear
[[nodiscard]] Bytes main_value_prefix(ledger::KeyKind kind);
/// Ids that name a person are hashed.
[[nodiscard]] Bytes main_value_key(const ledger::StateKey& key);
[[nodiscard]] bool keeps_id(ledger::KeyKind kind);
[[nodiscard]] Bytes main_page_key(const execution::PageId& id);

/// A value with the salt of its commitment.
struct ValueRow {
  Digest s;
  Bytes value;
};

[[nodiscard]] Bytes encode(const ValueRow& row);
[[nodiscard]] Result<ValueRow> decode_value_row(BytesView bytes);

// kSubjects and kBodies: handle first, sealed
[[nodiscard]] Bytes subject_value_prefix(const Handle& handle, ledger::KeyKind kind);
[[nodiscard]] Bytes subject_value_key(const SubjectKeys& keys, const ledger::StateKey& key);
[[nodiscard]] Bytes subject_page_key(const Handle& handle, const execution::PageId& id);
[[nodiscard]] Bytes body_key(const Handle& handle,
                             const TransactionPlace& place,
                             std::uint16_t operation);

/// Bodies of links stand apart, so that they are found without opening the others.
[[nodiscard]] Bytes link_body_prefix(const Handle& handle);
[[nodiscard]] Bytes link_body_key(const Handle& handle,
                                  const TransactionPlace& place,
                                  std::uint16_t operation);

/// What a key of kBodies says behind its handle.
struct BodyPlace {
  TransactionPlace place;
  std::uint16_t operation = 0;
};

/// kCorrupt.
[[nodiscard]] Result<BodyPlace> decode_body_key(BytesView key);

/// A subject's value before sealing: the row key hides the id.
struct SubjectValueRow {
  Bytes id;
  ValueRow row;
};

[[nodiscard]] Bytes encode(const SubjectValueRow& row);
[[nodiscard]] Result<SubjectValueRow> decode_subject_value_row(BytesView bytes);

/// What a row is sealed with: its column and key, so that no row passes for another.
[[nodiscard]] Bytes seal_context(Column column, BytesView row_key);
/// The same for bytes that are kept outside the ledger.
[[nodiscard]] Bytes outside_context(BytesView associated_data);

}  // namespace galen::storage
