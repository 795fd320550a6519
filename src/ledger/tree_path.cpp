#include "base/check.h"
#include "crypto/digest.h"
#include "ledger/fields.h"
#include "ledger/state_key.h"

namespace galen::ledger {

namespace {

constexpr std::size_t kKeyBits = 256;

bool same_prefix(const Digest& a, const Digest& b, std::size_t bits) {
  for (std::size_t depth = 0; depth < bits; ++depth) {
    if (key_bit(a, depth) != key_bit(b, depth)) return false;
  }
  return true;
}

void write_leaf(codec::Writer& w, const LeafContent& leaf) {
  w.raw(leaf.key_hash).raw(leaf.value_commitment).counter(leaf.height).raw(leaf.predecessor);
}

LeafContent read_leaf(codec::Reader& r) {
  LeafContent leaf;
  leaf.key_hash = r.fixed<Digest>();
  leaf.value_commitment = r.fixed<Digest>();
  leaf.height = r.counter<Height>();
  leaf.predecessor = r.fixed<Digest>();
  return leaf;
}

bool bit_at(BytesView bitmap, std::size_t index) {
  return ((bitmap[index / 8] >> (7U - index % 8)) & 1U) != 0;
}

}  // namespace

Digest LeafContent::hash() const {
  crypto::Hasher hasher("leaf");
  hasher.raw(key_hash).raw(value_commitment).u64(height.value).raw(predecessor);
  return hasher.finish();
}

Digest value_commitment(const Digest& s, BytesView value) {
  return crypto::tagged("val", s, value);
}

Digest leaf_salt(const Random32& operation_salt, const Digest& key_hash) {
  codec::Writer message;
  message.tag("leaf").raw(key_hash);
  return crypto::hmac_sha256(operation_salt, message.view());
}

Digest node_hash(const Digest& left, const Digest& right) {
  return crypto::tagged("node", left, right);
}

bool key_bit(const Digest& key_hash, std::size_t depth) {
  CHECK(depth < kKeyBits, "a key hash has 256 bits");
  return bit_at(key_hash, depth);
}

Result<Digest> TreePath::root(const Digest& key_hash) const {
  if (siblings.size() > kKeyBits) {
    return fail(ErrorCode::kUnauthenticated, "tree path: deeper than a key hash has bits");
  }
  if (leaf && !same_prefix(leaf->key_hash, key_hash, siblings.size())) {
    return fail(ErrorCode::kUnauthenticated, "tree path: its leaf stands under another prefix");
  }
  Digest hash = leaf ? leaf->hash() : Digest{};
  for (std::size_t depth = siblings.size(); depth-- > 0;) {
    const Digest& sibling = siblings[depth];
    hash = key_bit(key_hash, depth) ? node_hash(sibling, hash) : node_hash(hash, sibling);
  }
  return hash;
}

bool TreePath::shows_presence(const Digest& key_hash) const {
  return leaf && leaf->key_hash == key_hash;
}

namespace fields {

void write(codec::Writer& w, const TreePath& path) {
  CHECK(path.siblings.size() <= kKeyBits, "a path has at most 256 siblings");
  Bytes bitmap((path.siblings.size() + 7) / 8);
  for (std::size_t i = 0; i < path.siblings.size(); ++i) {
    if (path.siblings[i].is_zero()) continue;
    bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | (0x80U >> (i % 8)));
  }
  w.count(path.siblings.size()).raw(bitmap);
  for (const Digest& sibling : path.siblings) {
    if (!sibling.is_zero()) w.raw(sibling);
  }
  write_optional(w, path.leaf, write_leaf);
}

TreePath read_tree_path(codec::Reader& r) {
  TreePath path;
  const std::size_t count = r.count(kKeyBits);
  const BytesView bitmap = r.raw((count + 7) / 8);
  if (r.failed()) return path;
  for (std::size_t i = 0; i < 8 * bitmap.size() && !r.failed(); ++i) {
    if (!bit_at(bitmap, i)) {
      if (i < count) path.siblings.emplace_back();
      continue;
    }
    const auto sibling = r.fixed<Digest>();
    if (i >= count) r.fail_with("a bit after the last sibling");
    if (sibling.is_zero()) r.fail_with("an empty sibling that is spelt out");
    path.siblings.push_back(sibling);
  }
  path.leaf = read_optional<LeafContent>(r, read_leaf);
  return path;
}

}  // namespace fields

Bytes TreePath::encode() const {
  codec::Writer w;
  fields::write(w, *this);
  return std::move(w).take();
}

Result<TreePath> TreePath::decode(BytesView bytes) {
  codec::Reader r(bytes, "tree path");
  TreePath path = fields::read_tree_path(r);
  return fields::finish(r, std::move(path));
}

}  // namespace galen::ledger
