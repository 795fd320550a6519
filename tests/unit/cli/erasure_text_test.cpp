#include "cli/erasure_text.h"

#include <gtest/gtest.h>

namespace galen::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

client::AttestationView attestation(const std::string& phase, bool over_limit) {
  client::RetainedView kept;
  kept.item = "keyring-backup";
  kept.reason = "backup-expiry";
  kept.until_ms = 1'900'000'000'000;
  kept.over_limit = over_limit;
  client::AttestationView view;
  view.organisation = "hospital-4";
  view.phase = phase;
  view.retained = {kept};
  view.time_ms = 3;
  return view;
}

client::ErasureView erasure(bool over_limit) {
  client::ErasureView view;
  view.order = std::string(64, 'a');
  view.scope = "patient";
  view.path = "p";
  view.height = 5;
  view.operations = 7;
  view.audit_until_ms = 1'800'000'000'000;
  view.attestations = {attestation("keys", over_limit), attestation("bytes", over_limit)};
  return view;
}

client::ErasureCertificate certificate(bool over_limit) {
  client::ErasureCertificate made;
  made.erasure = erasure(over_limit);
  made.nodes = 4;
  return made;
}

TEST(ErasureText, ShowsWhenTheAuditLogMayGo) {
  EXPECT_EQ(human::text(std::vector{erasure(false)}, false),
            "order         scope    height  bodies  keys gone here  bytes gone here  "
            "audit log until       keys attested  bytes attested\n"
            "aaaaaaaaaaaa  patient  5       7       -               -                "
            "2027-01-15 08:00:00Z  hospital-4     hospital-4\n");
  EXPECT_TRUE(has(human::text(certificate(false)), "audit log until: 2027-01-15 08:00:00Z"));
}

TEST(ErasureText, NamesWhoKeepsAKeyringTooLongOnce) {
  const std::string line = "hospital-4 keeps keyring-backup until 2030-03-17 17:46:40Z\n";
  const std::string status = human::text(std::vector{erasure(true)}, false);
  const std::size_t at = status.find("OVER THE LIMIT: aaaaaaaaaaaa: " + line);
  ASSERT_NE(at, std::string::npos) << status;
  EXPECT_FALSE(has(status.substr(at + 1), "OVER THE LIMIT")) << status;
  EXPECT_TRUE(has(human::text(certificate(true)), "OVER THE LIMIT:  " + line))
      << human::text(certificate(true));
  EXPECT_FALSE(has(human::text(certificate(false)), "OVER THE LIMIT"));
}

TEST(ErasureText, WithoutAnEndSaysSo) {
  client::ErasureView view = erasure(true);
  for (auto& one : view.attestations) one.retained.front().until_ms = 0;
  EXPECT_TRUE(has(human::text(std::vector{view}, false), "keeps keyring-backup without an end\n"));
}

// Golden: programs parse these. A changed line here is a changed interface (docs/cli.md "JSON").
TEST(ErasureText, OneLineOfJson) {
  client::ErasureView view = erasure(true);
  view.attestations.pop_back();
  EXPECT_EQ(json::text(std::vector{view}),
            R"([{"order":")" + view.order +
                R"(","scope":"patient","path":"p","height":5,"operations":7,"keys_gone_ms":0,)"
                R"("bytes_gone_ms":0,"audit_until_ms":1800000000000,"attestations":[{)"
                R"("organisation":"hospital-4","phase":"keys","time_ms":3,"retained":[{)"
                R"("item":"keyring-backup","reason":"backup-expiry","until_ms":1900000000000,)"
                R"("over_limit":true}]}]}])");
  view.audit_until_ms = 0;
  EXPECT_TRUE(has(json::text(std::vector{view}), R"("audit_until_ms":null,)"));
  EXPECT_EQ(json::text(std::vector<client::ErasureView>()), "[]");
}

TEST(ErasureText, ACertificateHasNoTimesOfTheOwnNode) {
  const std::string text = json::text(certificate(false));
  EXPECT_FALSE(has(text, "gone_ms"));
  EXPECT_TRUE(has(text, R"("audit_until_ms":1800000000000)"));
  EXPECT_TRUE(has(text, R"("over_limit":false)"));
  EXPECT_TRUE(has(text, R"("nodes":4})"));
}

}  // namespace
}  // namespace galen::cli
