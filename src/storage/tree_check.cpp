#include "storage/tree_check.h"

#include "base/hex.h"
#include "codec/codec.h"
#include "ledger/state_key.h"

#include <utility>

namespace galen::storage {

namespace {

using execution::NodeKind;
using execution::NodeSummary;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

constexpr std::size_t column(Column c) {
  return static_cast<std::size_t>(c);
}

/// As a value's key names it: `v || kind || ...`.
constexpr std::size_t kValuePrefix = 2;
/// In an error message: enough to tell handles apart.
constexpr std::size_t kShortHandle = 8;

std::string page_name(const std::vector<std::uint8_t>& digits) {
  std::string text = "page ";
  for (const std::uint8_t digit : digits) text += "0123456789abcdef"[digit & 0x0f];
  return digits.empty() ? "root page" : text;
}

/// A state key from what a row says; refused when there is no such kind or id. Only kind and id
/// count.
Result<StateKey> key_from(TreeKind tree, std::uint8_t kind, BytesView id) {
  codec::Writer w;
  w.enumeration(tree).raw(PatientId{}).u8(kind).bytes(id);
  return StateKey::decode(w.view());
}

/// Of any tree below the main one.
Result<StateKey> subject_key_from(std::uint8_t kind, BytesView id) {
  auto key = key_from(TreeKind::kClinical, kind, id);
  return key ? std::move(key) : key_from(TreeKind::kAudit, kind, id);
}

}  // namespace

TreeCheck::TreeCheck(const Store& store,
                     const std::map<OrderId, ErasureRow>& erasures,
                     Findings& findings)
    : store_(store), erasures_(erasures), findings_(findings) {
  for (const auto& [order, row] : erasures) {
    if (row.scope == ledger::ErasureScope::kRecord || row.step != ErasureStep::kOrdered) continue;
    if (!row.name.is_zero()) waiting_keys_.insert(row.name);
  }
}

void TreeCheck::run(const Digest& state_root,
                    const std::function<void(std::uint64_t trees)>& progress) {
  check_main(state_root);
  check_subjects(progress);
  for (const auto& [root, count] : roots_) {
    for (std::uint64_t i = 0; i < count; ++i) {
      findings_.add("state", "no tree has the subject root " + to_hex(root));
    }
  }
  check_rows();
}

std::optional<execution::Page> TreeCheck::read_page(Tree& tree, const Digits& digits) {
  const std::string place = tree.place + ", " + page_name(digits);
  const auto bytes = tree.page(digits);
  if (!findings_.expect(place, bytes)) return std::nullopt;
  if (!*bytes) {
    if (!digits.empty()) findings_.add(place, "is missing");
    return std::nullopt;
  }
  ++tree.pages;
  auto page = execution::decode_page(**bytes);
  if (!findings_.expect(place, page)) return std::nullopt;
  return *std::move(page);
}

void TreeCheck::check_bucket(Tree& tree, const Digits& digits, const execution::Bucket& bucket) {
  const std::string place = tree.place + ", " + page_name(digits);
  for (const execution::PageLeaf& leaf : bucket.leaves) {
    ++tree.leaves;
    if (leaf.content.hash() != leaf.hash) findings_.add(place, "a leaf is not what its hash says");
    for (std::size_t depth = 0; depth < digits.size(); ++depth) {
      if (execution::digit(leaf.content.key_hash, depth) == digits[depth]) continue;
      findings_.add(place, "a leaf belongs to another page");
      break;
    }
  }
}

NodeSummary TreeCheck::walk(Tree& tree, Digits& digits) {
  if (digits.size() >= execution::kMaxPageDigits) {
    findings_.add(tree.place + ", " + page_name(digits), "lies too deep");
    return {};
  }
  auto page = read_page(tree, digits);
  if (!page) return {};
  if (const auto* bucket = std::get_if<execution::Bucket>(&*page)) {
    check_bucket(tree, digits, *bucket);
    return execution::fold(*page, digits.size());
  }
  const auto& inner = std::get<execution::InnerPage>(*page);
  for (std::size_t child = 0; child < inner.children.size(); ++child) {
    const NodeSummary& told = inner.children.at(child);
    if (told.kind == NodeKind::kEmpty) continue;
    digits.push_back(static_cast<std::uint8_t>(child));
    const NodeSummary found = walk(tree, digits);
    if (found.kind != NodeKind::kEmpty && found != told) {
      findings_.add(tree.place + ", " + page_name(digits), "is not what its parent says");
    }
    digits.pop_back();
  }
  return execution::fold(*page, digits.size());
}

std::optional<Digest> TreeCheck::commitment_of(Tree& tree, const Digest& key_hash) {
  Digits digits;
  while (digits.size() < execution::kMaxPageDigits) {
    const auto bytes = tree.page(digits);
    if (!bytes || !*bytes) return std::nullopt;
    const auto page = execution::decode_page(**bytes);
    if (!page) return std::nullopt;
    if (const auto* bucket = std::get_if<execution::Bucket>(&*page)) {
      for (const auto& leaf : bucket->leaves) {
        if (leaf.content.key_hash == key_hash) return leaf.content.value_commitment;
      }
      return std::nullopt;
    }
    digits.push_back(static_cast<std::uint8_t>(execution::digit(key_hash, digits.size())));
  }
  return std::nullopt;
}

void TreeCheck::check_value(Tree& tree, const Digest& key_hash, const ValueRow& row) {
  ++tree.values;
  ++counts_.values;
  const auto committed = commitment_of(tree, key_hash);
  const std::string place = tree.place + ", key " + to_hex(key_hash);
  if (!committed) return findings_.add(place, "the tree has no leaf for this value");
  if (*committed != ledger::value_commitment(row.s, row.value)) {
    findings_.add(place, "the value is not what its leaf commits to");
  }
}

/// Every value has a leaf, so as many of both are the same ones.
void TreeCheck::check_leaves(const Tree& tree) {
  if (tree.leaves <= tree.values) return;
  findings_.add(tree.place, std::to_string(tree.leaves - tree.values) + " leaves have no value");
}

void TreeCheck::check_main(const Digest& state_root) {
  Tree tree;
  tree.place = "state";
  tree.page = [this](const Digits& digits) {
    return store_.get(Column::kState, main_page_key({TreeId{}, digits}));
  };
  Digits digits;
  if (walk(tree, digits).hash != state_root) {
    findings_.add("state", "its root is not the state root of the head");
  }
  const Bytes values{'v'};
  const Status scanned =
      store_.ledger->scan(column(Column::kState), values, [&](BytesView key, BytesView value) {
        check_main_value(tree, key, value);
        return true;
      });
  (void)findings_.expect("state", scanned);
  check_leaves(tree);
  state_rows_ = tree.pages + tree.values;
}

void TreeCheck::check_main_value(Tree& tree, BytesView key, BytesView value) {
  const auto row = decode_value_row(value);
  if (!findings_.expect("state", row)) return;
  if (key.size() < kValuePrefix) return findings_.add("state", "a row of another shape");
  const BytesView id = key.subspan(kValuePrefix);
  const auto known = key_from(TreeKind::kMain, key[1], id);
  if (!findings_.expect("state", known)) return;
  // Of persons the row names the hash.
  const bool hashed = !keeps_id(known->kind);
  check_value(tree, hashed ? Digest::from(id) : known->hash(), *row);
  const bool root = known->kind == KeyKind::kSubjectRoot || known->kind == KeyKind::kAuditRoot;
  if (root && row->value.size() == Digest::kSize) ++roots_[Digest::from(row->value)];
}

void TreeCheck::check_subjects(const std::function<void(std::uint64_t trees)>& progress) {
  const Status visited = store_.keyring->each([&](const SubjectKeysPtr& keys) -> Status {
    check_subject(keys);
    progress(counts_.subjects);
    return {};
  });
  (void)findings_.expect("keyring", visited);
}

void TreeCheck::check_subject(const SubjectKeysPtr& keys) {
  Tree tree;
  tree.place = "subject " + to_hex(keys->handle()).substr(0, kShortHandle);
  tree.page = [this, &keys](const Digits& digits) -> Result<std::optional<Bytes>> {
    const Bytes key = subject_page_key(keys->handle(), {TreeId{}, digits});
    GALEN_TRY(const auto sealed, store_.get(Column::kSubjects, key));
    if (!sealed) return std::optional<Bytes>{};
    GALEN_TRY(Bytes opened, keys->open(seal_context(Column::kSubjects, key), *sealed));
    return std::optional<Bytes>{std::move(opened)};
  };
  Digits digits;
  const NodeSummary root = walk(tree, digits);
  Bytes values = to_bytes(keys->handle());
  values.push_back('v');
  const Status scanned =
      store_.ledger->scan(column(Column::kSubjects), values, [&](BytesView key, BytesView sealed) {
        check_subject_value(tree, *keys, key, sealed);
        return true;
      });
  (void)findings_.expect(tree.place, scanned);
  check_leaves(tree);
  subject_rows_ += tree.pages + tree.values;
  if (root.kind == NodeKind::kEmpty) return;
  ++counts_.subjects;
  if (waiting_keys_.contains(keys->name())) return;
  const auto wanted = roots_.find(root.hash);
  if (wanted == roots_.end()) {
    return findings_.add(tree.place, "the state has no subject with this root");
  }
  if (--wanted->second == 0) roots_.erase(wanted);
}

void TreeCheck::check_subject_value(Tree& tree,
                                    const SubjectKeys& keys,
                                    BytesView key,
                                    BytesView sealed) {
  const auto opened = keys.open(seal_context(Column::kSubjects, key), sealed);
  if (!findings_.expect(tree.place, opened)) {
    ++tree.values;
    return;
  }
  const auto row = decode_subject_value_row(*opened);
  if (!findings_.expect(tree.place, row)) return;
  const auto known = subject_key_from(key[Handle::kSize + 1], row->id);
  if (!findings_.expect(tree.place, known)) return;
  if (!equal(key, subject_value_key(keys, *known))) {
    findings_.add(tree.place, "a row holds another key's value");
  }
  check_value(tree, known->hash(), row->row);
}

void TreeCheck::check_rows() {
  std::uint64_t going = 0;
  const auto count = [&](Column which, BytesView prefix) {
    std::uint64_t rows = 0;
    const Status scanned = store_.ledger->scan(column(which), prefix, [&](BytesView, BytesView) {
      ++rows;
      return true;
    });
    (void)findings_.expect(column_names().at(column(which) - 1), scanned);
    return rows;
  };
  for (const auto& [order, row] : erasures_) {
    if (row.scope == ledger::ErasureScope::kRecord || row.step != ErasureStep::kKeysGone) continue;
    if (row.handle.is_zero()) continue;
    going += count(Column::kSubjects, row.handle);
  }
  const auto expect = [&](Column which, std::uint64_t seen) {
    const std::uint64_t rows = count(which, {});
    if (rows <= seen) return;
    findings_.add(column_names().at(column(which) - 1),
                  std::to_string(rows - seen) + " rows that no tree refers to");
  };
  expect(Column::kState, state_rows_);
  expect(Column::kSubjects, subject_rows_ + going);
}

}  // namespace galen::storage
