#include "rpc/identity_queries.h"

#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::rpc {
namespace {

using ledger::KeyKind;
using test::FakeBackend;
using test::Ward;

class IdentityQueries : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  Status ask(std::size_t hospital, BytesView account) {
    v1::GetAccountRequest request;
    request.set_account(wire(account));
    response_.Clear();
    return get_account(backend_, caller(hospital), request, response_);
  }

  [[nodiscard]] std::set<KeyKind> kinds() const {
    std::set<KeyKind> found;
    for (const auto& item : response_.items()) {
      found.insert(ledger::StateKey::decode(as_bytes(item.key())).value().kind);
    }
    return found;
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
  v1::GetAccountResponse response_;
};

TEST_F(IdentityQueries, OrganisationsAreForEveryMember) {
  ASSERT_TRUE(ask(2, backend_.world.hospitals[0].id));
  EXPECT_EQ(kinds(), (std::set<KeyKind>{KeyKind::kOrganisation}));
}

TEST_F(IdentityQueries, PersonsWaitWhileTheNodeCatchesUp) {
  backend_.is_catching_up = true;
  for (const BytesView& account : {BytesView(ward_.patient.id), BytesView(ward_.clinician.id)}) {
    EXPECT_EQ(ask(0, account).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(response_.items_size(), 0);
  }
  EXPECT_TRUE(ask(0, backend_.world.hospitals[1].id));
}

TEST_F(IdentityQueries, PersonsAreForWhoAnswersForThem) {
  ward_.grant();
  ASSERT_TRUE(ask(0, ward_.patient.id));
  EXPECT_EQ(kinds(), (std::set<KeyKind>{KeyKind::kPatient}));
  ASSERT_TRUE(ask(1, ward_.clinician.id));
  EXPECT_EQ(kinds(), (std::set<KeyKind>{KeyKind::kPractitioner}));
  const auto refused = ask(1, ward_.patient.id);
  const auto unknown = ask(1, Bytes(32, 9));
  ASSERT_FALSE(refused);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(refused.error(), unknown.error());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ask(0, Bytes(31, 9)).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace galen::rpc
