// F4: two certificate verifiers and a reference that only counts agree on every certificate. The
// input chooses who signs, over what, and which signatures are spoilt.
#include "fuzz/samples.h"
#include "fuzz/target.h"

namespace galen::fuzz {

using ledger::Certificate;
using ledger::VoteSubject;
using ledger::VoteType;

namespace {

const ledger::ValidatorSet& validators() {
  static const ledger::ValidatorSet made = [] {
    ledger::ValidatorSet set;
    for (std::uint8_t i = 0; i < 4; ++i) {
      Bytes scalar(32, 0);
      scalar[31] = static_cast<std::uint8_t>(i + 1);
      set.members.push_back({{}, crypto::PrivateKey::from_scalar(scalar)->public_key(), {}});
    }
    return set;
  }();
  return made;
}

VoteSubject subject_of(Choices& choices) {
  VoteSubject subject;
  subject.type = choices.coin() ? VoteType::kCommit : VoteType::kPrepare;
  subject.view = View{choices.below(3)};
  subject.height = Height{choices.below(3)};
  subject.block.value[0] = static_cast<std::uint8_t>(choices.below(2));
  return subject;
}

/// ECDSA signing is the slow part, and there are few subjects.
Signature signature_of(std::size_t who, const VoteSubject& subject) {
  static std::map<std::pair<std::size_t, VoteSubject>, Signature> made;
  const auto [found, is_new] = made.try_emplace({who, subject});
  if (is_new)
    found->second = consortium().sign(who, ledger::vote_statement(consortium().chain(), subject));
  return found->second;
}

void check(Choices choices) {
  Certificate certificate{subject_of(choices), {}};
  bool all_good = true;
  const std::size_t count = choices.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t as = choices.below(5);  // 4 is nobody
    const std::size_t signer = choices.coin() ? as % 4 : choices.below(4);
    const VoteSubject over = choices.below(4) == 0 ? subject_of(choices) : certificate.subject;
    Signature signature = signature_of(signer, over);
    const bool spoilt = choices.below(8) == 0;
    if (spoilt) signature.value[choices.below(64)] ^= 1U;
    const auto member = ValidatorIndex{static_cast<std::uint16_t>(as)};
    if (!certificate.signatures.emplace(member, signature).second) continue;
    all_good = all_good && as < 4 && signer == as && over == certificate.subject && !spoilt;
  }
  const bool expected = all_good && certificate.signatures.size() >= 3;
  CHECK(consortium().verifier().check_certificate(certificate).has_value() == expected,
        "the verifier is right");
  const bool offline =
      ledger::verify_certificate(certificate, consortium().chain(), validators()).has_value();
  CHECK(offline == expected, "the offline verifier is right");
  const auto decoded = ledger::decode_certificate(ledger::encode(certificate));
  if (decoded) CHECK(*decoded == certificate, "a certificate survives its encoding");
}

}  // namespace

std::vector<Bytes> seeds() {
  // Three or four good signatures; one too few; a stranger; another subject; a spoilt one.
  return {{0, 0, 1, 0, 3, 0, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1},
          {1, 1, 2, 1, 4, 0, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1},
          {1, 0, 1, 0, 2, 0, 1, 1, 1, 1, 1, 1, 1},
          {0, 0, 1, 0, 3, 0, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1},
          {0, 0, 1, 0, 3, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 2, 1, 1, 1},
          {0, 0, 1, 0, 3, 0, 1, 1, 0, 5, 1, 1, 1, 1, 2, 1, 1, 1}};
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  galen::fuzz::check(galen::fuzz::Choices({data, size}));
  return 0;
}
