#include "client/session.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/consent.h"
#include "client/key_file.h"
#include "client/queries.h"
#include "crypto/certificate.h"
#include "support/proof_sample.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace galen::client {
namespace {

using support::numbered_key;

TimeMs now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t kInTwoMonths = 60 * kDayMs;

/// A profile of hospital-1 whose nodes nobody runs.
class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-session-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    write("genesis.json", ledger::to_json(genesis_));
    write("signing.pem", numbered_key(1, 1).to_pem());
    write_certificates(now().value + kInTwoMonths);
    write("client.toml", profile_text());
  }

  ~SessionTest() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::remove(path(name));
    ASSERT_TRUE(create_private_file(path(name), text));
  }

  void write_certificates(std::uint64_t not_after, std::uint64_t authority_ms = kInTwoMonths) {
    crypto::CertificateRequest request;
    request.common_name = "test CA";
    request.use = crypto::CertificateUse::kAuthority;
    request.not_before = TimeMs{now().value - 7'200'000};
    request.not_after = TimeMs{now().value + authority_ms};
    const auto ca_key = numbered_key(9, 9);
    const auto authority = *crypto::make_authority_certificate(request, ca_key);
    request.common_name = "client";
    request.use = crypto::CertificateUse::kClient;
    request.not_after = TimeMs{not_after};
    const auto key = numbered_key(3, 1);
    write("ca.pem", authority);
    write("client.crt",
          *crypto::make_leaf_certificate(request, key.public_key(), authority, ca_key));
    write("client.key", key.to_pem());
  }

  static std::string profile_text() {
    return "[profile]\norganisation = \"hospital-1\"\ngenesis = \"genesis.json\"\n"
           "ca_bundle = \"ca.pem\"\ncertificate = \"client.crt\"\nkey = \"client.key\"\n"
           "signing_key = \"signing.pem\"\npeople = \"people\"\n"
           // Port 1: nobody listens there.
           "[[endpoints]]\norganisation = \"hospital-1\"\naddress = \"127.0.0.1:1\"\n"
           "[[endpoints]]\norganisation = \"hospital-2\"\naddress = \"127.0.0.1:1\"\n";
  }

  [[nodiscard]] Result<std::unique_ptr<Session>> open(const std::string& node = "") const {
    SessionOptions options;
    options.timeout = std::chrono::milliseconds(300);
    options.node = node;
    options.lane = 5;
    return Session::open(path("client.toml"), options);
  }

  [[nodiscard]] std::string refusal() const {
    const auto session = open();
    if (session) return "";
    EXPECT_EQ(session.error().code, ErrorCode::kConfig);
    return session.error().message;
  }

  ledger::Genesis genesis_ = support::sample_genesis();
  std::string root_;
};

TEST_F(SessionTest, TellsOfCertificatesThatEndSoon) {
  std::vector<std::string> notes;
  SessionOptions options;
  options.note = [&](const std::string& line) { notes.push_back(line); };
  ASSERT_TRUE(Session::open(path("client.toml"), options));
  EXPECT_TRUE(notes.empty()) << notes.front();
  write_certificates(now().value + 12 * kDayMs + 60'000, 40 * kDayMs);
  ASSERT_TRUE(Session::open(path("client.toml"), options));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(
      notes[0],
      path("client.crt") + ": ends in 12 days; renew it (docs/operations.md, \"Certificates\")");
  notes.clear();
  write_certificates(now().value + kInTwoMonths, 20 * kDayMs + 60'000);
  std::ofstream(path("ca.pem"), std::ios::app) << "# and no certificate behind it\n";
  ASSERT_TRUE(Session::open(path("client.toml"), options));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("ca.pem: ends in 20 days"), std::string::npos) << notes[0];
}

TEST_F(SessionTest, OpensAProfileThatFits) {
  const auto session = open();
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->organisation().name, "hospital-1");
  EXPECT_EQ((*session)->chain(), ledger::chain_id(genesis_));
  EXPECT_EQ((*session)->nodes().front()->address().organisation, "hospital-1");
  EXPECT_EQ((*open("hospital-2"))->nodes().front()->address().organisation, "hospital-2");
}

TEST_F(SessionTest, RefusesWhatDoesNotFitTogether) {
  write("signing.pem", numbered_key(1, 2).to_pem());
  EXPECT_NE(refusal().find("signing.pem"), std::string::npos);
  write("signing.pem", numbered_key(1, 1).to_pem());
  write("client.key", numbered_key(3, 2).to_pem());
  EXPECT_FALSE(refusal().empty());
  write_certificates(now().value - 3'600'000);
  EXPECT_FALSE(refusal().empty());
  write_certificates(now().value + 3'600'000);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(open("hospital-3").error().code, ErrorCode::kConfig);
}

TEST_F(SessionTest, RefusesUnknownMembersAndOpenKeys) {
  std::string text = profile_text();
  text.replace(text.find("hospital-1"), 10, "hospital-9");
  write("client.toml", text);
  EXPECT_NE(refusal().find("hospital-9"), std::string::npos);
  text = profile_text();
  text.replace(text.find("hospital-2"), 10, "hospital-8");
  write("client.toml", text);
  EXPECT_NE(refusal().find("hospital-8"), std::string::npos);
  write("client.toml", profile_text());
  ASSERT_EQ(::chmod(path("signing.pem").c_str(), 0644), 0);
  EXPECT_NE(refusal().find("chmod 600"), std::string::npos);
}

TEST_F(SessionTest, SignsTransactionsTheLedgerAccepts) {
  const auto session = std::move(*open());
  ledger::RevokeAccess revoke;
  revoke.patient.value.fill(7);
  revoke.grant.value.fill(8);
  const auto patient_key = crypto::PrivateKey::generate();
  const auto authorised = authorise(*session,
                                    revoke,
                                    ledger::AuthorisationRole::kPatient,
                                    {id_cast<AccountId>(revoke.patient), patient_key});
  const auto transaction = session->sign({authorised}, {5, 1});
  EXPECT_TRUE(ledger::decode_and_check(ledger::encode(transaction), session->chain()));
  EXPECT_TRUE(crypto::verify(session->organisation().signing_key,
                             ledger::signing_bytes(transaction.header),
                             transaction.signature));
  const auto& authorisation = authorised.authorisations.front();
  const Bytes statement =
      ledger::authorisation_statement(session->chain(),
                                      authorisation,
                                      revoke.patient,
                                      ledger::OperationType::kRevokeAccess,
                                      ledger::encode(ledger::Operation(revoke)));
  EXPECT_TRUE(crypto::verify(patient_key.public_key(), statement, authorisation.signature));
  EXPECT_EQ(authorisation.submitter, session->organisation().id);
}

TEST_F(SessionTest, NobodyAnsweringIsUnavailable) {
  const auto session = std::move(*open());
  const auto status = node_status(*session);
  ASSERT_FALSE(status);
  EXPECT_TRUE(Session::is_transient(status.error())) << status.error().message;
  for (const auto& node : all_statuses(*session)) {
    EXPECT_FALSE(node.reachable);
    EXPECT_FALSE(node.note.empty());
  }
}

TEST_F(SessionTest, WhoIsPassedOverIsToldOnceWhenAnotherAnswered) {
  std::vector<std::string> notes;
  SessionOptions options;
  options.timeout = std::chrono::milliseconds(300);
  options.note = [&](const std::string& line) { notes.push_back(line); };
  const auto session = std::move(*Session::open(path("client.toml"), options));
  const auto status = node_status(*session);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message.find("the node of hospital-2 (127.0.0.1:1): "), 0U)
      << status.error().message;
  EXPECT_TRUE(notes.empty()) << "the error says it";
  for (int i = 0; i < 2; ++i) {
    const auto answer = session->ask([](NodeApi& node, Deadline) -> Result<int> {
      if (node.address().organisation == "hospital-2") return 2;
      return fail(ErrorCode::kUnavailable, "cannot connect");
    });
    ASSERT_TRUE(answer);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0],
              "the node of hospital-1 (127.0.0.1:1) does not answer (cannot connect); another one "
              "did");
  }
}

TEST_F(SessionTest, GrantTermsHaveTheDocumentedDefaults) {
  const auto session = std::move(*open());
  ConsentOptions options;
  options.patient = std::string(64, 'a');
  options.grantee = "hospital-2";
  options.purposes = {"TREAT"};
  const auto permit = make_terms(*session, options);
  ASSERT_TRUE(permit) << permit.error().message;
  EXPECT_EQ(permit->grantee.kind, ledger::GranteeKind::kOrganisation);
  EXPECT_EQ(permit->confidentiality, ledger::Confidentiality::kN);
  EXPECT_EQ(permit->classes, ledger::kAllClasses);
  EXPECT_EQ(permit->valid_to->value - permit->valid_from.value, 365ULL * 86'400'000);
  options.permit = false;
  options.purposes.clear();
  const auto deny = make_terms(*session, options);
  ASSERT_TRUE(deny);
  EXPECT_EQ(deny->purposes, std::vector<std::string>{"*"});
  EXPECT_EQ(deny->actions, ledger::kAllActions);
  EXPECT_EQ(deny->confidentiality, ledger::Confidentiality::kU);
  EXPECT_FALSE(deny->valid_to);
}

TEST_F(SessionTest, GrantTermsThatCannotBeRightAreRefused) {
  const auto session = std::move(*open());
  ConsentOptions good;
  good.patient = std::string(64, 'a');
  good.grantee = "hospital-2";
  good.purposes = {"TREAT"};
  const auto refused = [&](auto change) {
    ConsentOptions options = good;
    change(options);
    const auto terms = make_terms(*session, options);
    return !terms && terms.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& o) { o.patient = "12"; }));
  EXPECT_TRUE(refused([](auto& o) { o.grantee = "hospital-9"; }));
  EXPECT_TRUE(refused([](auto& o) { o.purposes.clear(); }));
  EXPECT_TRUE(refused([](auto& o) { o.classes = {"lab"}; }));
  EXPECT_TRUE(refused([](auto& o) { o.confidentiality = "X"; }));
  EXPECT_TRUE(refused([](auto& o) { o.actions = {"WRITE"}; }));
  EXPECT_TRUE(refused([](auto& o) { o.until = "2020-01-01"; }));
  EXPECT_TRUE(refused([](auto& o) { o.data_from = "yesterday"; }));
  EXPECT_TRUE(refused([](auto& o) { o.instances = {"12"}; }));
  EXPECT_TRUE(refused([](auto& o) { o.supersedes = {"zz"}; }));
}

TEST_F(SessionTest, PersonsWithoutAKeyAreConfigErrorsThatSayWhatToDo) {
  const auto session = std::move(*open());
  Asker asker;
  EXPECT_EQ(find_requester(*session, asker, PatientId{}).error().code, ErrorCode::kConfig);
  asker.person = std::string(64, 'b');
  const auto unknown = find_requester(*session, asker, PatientId{});
  EXPECT_EQ(unknown.error().code, ErrorCode::kConfig);
  EXPECT_NE(unknown.error().message.find("--key"), std::string::npos);
  write("person.pem", crypto::PrivateKey::generate().to_pem());
  asker.key_file = path("person.pem");
  const auto signer_only = find_requester(*session, asker, PatientId{});
  ASSERT_TRUE(signer_only);
  // Enough to list, not to open: a record key goes to a registered agreement key only.
  EXPECT_FALSE(signer_only->agreement_key);
  EXPECT_TRUE(make_request(*session, *signer_only, {}).recipient_key.is_zero());
  const auto agreement = crypto::PrivateKey::generate();
  write("agreement.pem", agreement.to_pem());
  asker.agreement_key_file = path("agreement.pem");
  const auto complete = find_requester(*session, asker, PatientId{});
  ASSERT_TRUE(complete);
  EXPECT_EQ(make_request(*session, *complete, {}).recipient_key, agreement.public_key());
}

}  // namespace
}  // namespace galen::client
