// F3: the validator of VIEW-CHANGE and NEW-VIEW against a slow reference written from rules 10, 12
// and 13. The input chooses every field from a few values, right and wrong.
#include "fuzz/samples.h"
#include "fuzz/target.h"
#include "pbft/selection.h"

namespace galen::fuzz {

using ledger::Certificate;
using ledger::VoteType;
using pbft::NewView;
using pbft::ViewChange;
using pbft::test::make_block;
using pbft::test::member;

namespace {

/// A certificate with the reference's opinion of it.
struct JudgedCertificate {
  Certificate certificate;
  bool good = false;
};

const BlockHash& block_at(std::size_t height, std::size_t variant) {
  static std::map<std::pair<std::size_t, std::size_t>, BlockHash> made;
  const auto [found, is_new] = made.try_emplace({height, variant});
  if (is_new)
    found->second = height == 0 ? consortium().genesis()
                                : make_block(Height{height}, {}, View{0}, variant).info.hash;
  return found->second;
}

/// Signed by the first three members unless it is to be bad. Memory: few combinations.
JudgedCertificate certificate_of(Choices& choices) {
  const VoteType type = choices.coin() ? VoteType::kCommit : VoteType::kPrepare;
  const View view{choices.below(3)};
  const std::size_t height = choices.below(3);
  const std::size_t variant = choices.below(2);
  const bool good = choices.below(5) != 0;
  static std::map<std::tuple<VoteType, View, std::size_t, std::size_t>, Certificate> made;
  const auto [found, is_new] = made.try_emplace({type, view, height, variant});
  if (is_new)
    found->second = consortium().certificate(type, view, Height{height}, block_at(height, variant));
  JudgedCertificate judged{found->second, good};
  if (good) return judged;
  if (choices.coin()) {
    judged.certificate.signatures.erase(judged.certificate.signatures.begin());
  } else {
    judged.certificate.signatures.begin()->second.value[40] ^= 1U;
  }
  return judged;
}

struct JudgedChange {
  ViewChange change;
  bool good = false;
};

bool rule_10(const ViewChange& c, bool committed_good, bool prepared_good, bool signed_well) {
  if (!signed_well || c.epoch != Epoch{0} || c.new_view.value == 0) return false;
  if (c.height.value == 0) {
    if (c.committed || c.hash != consortium().genesis()) return false;
  } else {
    if (!c.committed || !committed_good) return false;
    const auto& s = c.committed->subject;
    if (s.type != VoteType::kCommit || s.height != c.height || s.block != c.hash) return false;
  }
  if (!c.prepared) return true;
  const auto& s = c.prepared->subject;
  return prepared_good && s.type == VoteType::kPrepare && s.height.value == c.height.value + 1 &&
         s.view < c.new_view;
}

JudgedChange change_of(Choices& choices) {
  JudgedChange judged;
  ViewChange& c = judged.change;
  c.epoch = Epoch{choices.below(8) == 0 ? 1U : 0U};
  c.new_view = View{choices.below(4)};
  c.height = Height{choices.below(3)};
  c.hash = block_at(c.height.value, choices.below(2));
  bool committed_good = true;
  bool prepared_good = true;
  if (choices.coin()) {
    JudgedCertificate certificate = certificate_of(choices);
    c.committed = std::move(certificate.certificate);
    committed_good = certificate.good;
  }
  if (choices.coin()) {
    JudgedCertificate certificate = certificate_of(choices);
    c.prepared = std::move(certificate.certificate);
    prepared_good = certificate.good;
  }
  c.member = member(choices.below(4));
  const bool signed_well = choices.below(6) != 0;
  const std::size_t signer = signed_well ? c.member.value : (c.member.value + 1U) % 4;
  c.signature = consortium().sign(signer, view_change_statement(consortium().chain(), c));
  judged.good = rule_10(c, committed_good, prepared_good, signed_well);
  return judged;
}

/// Rule 13 in the dumbest way: sort, then look at the front.
void check_selection(const NewView& new_view) {
  std::vector<const ViewChange*> sorted;
  for (const ViewChange& c : new_view.view_changes) sorted.push_back(&c);
  const auto rank = [](const ViewChange* c) {
    return std::pair(c->height.value, c->prepared ? c->prepared->subject.view.value + 1 : 0);
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) {
    return rank(a) > rank(b);
  });
  const pbft::Selection selection = pbft::select(new_view);
  CHECK(selection.base == sorted.front()->height, "the base is the highest height");
  CHECK(selection.forced.has_value() == sorted.front()->prepared.has_value(),
        "a block is forced or not");
  if (selection.forced)
    CHECK(selection.forced->subject.view == sorted.front()->prepared->subject.view,
          "the highest view is forced");
}

template <class M>
bool verifies(const M& message) {
  auto decoded = pbft::decode_message(pbft::encode(pbft::Message(message)));
  if (!decoded) return false;
  return consortium().verifier().verify(*std::move(decoded), member(0)).has_value();
}

void check_new_view(Choices& choices) {
  NewView n;
  bool good = true;
  n.view = View{choices.below(4)};
  const std::size_t count = choices.below(5);
  for (std::size_t i = 0; i < count; ++i) {
    JudgedChange judged = change_of(choices);
    good = good && judged.good && judged.change.new_view == n.view;
    good = good && (n.view_changes.empty() || n.view_changes.back().member < judged.change.member);
    n.view_changes.push_back(std::move(judged.change));
  }
  n.member = member(choices.below(8) == 0 ? choices.below(4) : n.view.value % 4);
  const bool signed_well = choices.below(6) != 0;
  n.signature = consortium().sign(signed_well ? n.member.value : (n.member.value + 1U) % 4,
                                  new_view_statement(consortium().chain(), n));
  good =
      good && signed_well && n.view.value > 0 && n.member.value == n.view.value % 4 && count == 3;
  CHECK(verifies(n) == good, "rule 12");
  if (good) check_selection(n);
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  // A VIEW-CHANGE that claims nothing, one with both certificates.
  all.push_back({0, 1, 2, 0, 0, 0, 0, 1, 1});
  all.push_back({0, 1, 2, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 2, 1, 1, 1, 1});
  // NEW-VIEWs of three VIEW-CHANGEs to view 1.
  Bytes free{1, 1, 3};
  Bytes forced{1, 1, 3};
  for (std::uint8_t who = 0; who < 3; ++who) {
    for (const int b : {1, 1, 0, 0, 0, 0, int{who}, 1})
      free.push_back(static_cast<std::uint8_t>(b));
    for (const int b : {1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, int{who}, 1})
      forced.push_back(static_cast<std::uint8_t>(b));
  }
  for (Bytes* seed : {&free, &forced}) seed->insert(seed->end(), {1, 1});
  all.push_back(free);
  all.push_back(forced);
  return all;
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace galen::fuzz;
  Choices choices({data, size});
  if (choices.coin()) {
    check_new_view(choices);
    return 0;
  }
  const JudgedChange judged = change_of(choices);
  CHECK(verifies(judged.change) == judged.good, "rule 10");
  return 0;
}
