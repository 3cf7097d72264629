import java.nio.ByteBuffer;
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.*;

/**
 * What Java's own assignors answer, as JSON lines: groups that members join and leave, each member with an assignor of its own that remembers
 * what it was given. Recorded once into assignor-cases.jsonl:
 *   java -cp "$KAFKA_CLASSPATH" AssignorCases.java > assignor-cases.jsonl
 */
public class AssignorCases {
    static final class Member {
        final String id;
        final String instance;
        final ConsumerPartitionAssignor assignor;
        List<String> topics;
        List<TopicPartition> owned = List.of();
        int generation = -1;

        Member(String id, String instance, ConsumerPartitionAssignor assignor, List<String> topics) {
            this.id = id;
            this.instance = instance;
            this.assignor = assignor;
            this.topics = topics;
        }
    }

    static final Random random = new Random(42);

    public static void main(String[] args) {
        for (String name : List.of("range", "roundrobin", "sticky", "cooperative-sticky"))
            for (int scenario = 0; scenario < 8; scenario++) run(name, scenario);
    }

    static ConsumerPartitionAssignor make(String name) {
        return switch (name) {
            case "range" -> new RangeAssignor();
            case "roundrobin" -> new RoundRobinAssignor();
            case "sticky" -> new StickyAssignor();
            default -> new CooperativeStickyAssignor();
        };
    }

    static void run(String name, int scenario) {
        Map<String, Integer> counts = new TreeMap<>();
        int topicCount = 1 + random.nextInt(3);
        for (int at = 0; at < topicCount; at++) counts.put("t" + at, random.nextInt(8) + (scenario % 4 == 0 ? 0 : 1));
        boolean isMixed = scenario % 3 == 2;
        List<Member> members = new ArrayList<>();
        int start = 1 + random.nextInt(4);
        for (int at = 0; at < start; at++) members.add(newMember(name, counts, isMixed));
        for (int generation = 1; generation <= 5; generation++) {
            round(name, counts, members, generation);
            if (random.nextBoolean() || members.size() < 2) members.add(newMember(name, counts, isMixed));
            else members.remove(random.nextInt(members.size()));
        }
    }

    static Member newMember(String name, Map<String, Integer> counts, boolean isMixed) {
        String id = Long.toString(Math.abs(random.nextLong()), 36);
        List<String> topics = counts.keySet().stream().filter(t -> !isMixed || random.nextInt(3) > 0).collect(Collectors.toList());
        if (topics.isEmpty()) topics.add(counts.keySet().iterator().next());
        return new Member(id, random.nextInt(4) == 0 ? "i" + random.nextInt(1000) : null, make(name), topics);
    }

    static void round(String name, Map<String, Integer> counts, List<Member> members, int generation) {
        List<PartitionInfo> infos = new ArrayList<>();
        counts.forEach((topic, count) -> {
            for (int at = 0; at < count; at++) infos.add(new PartitionInfo(topic, at, Node.noNode(), new Node[0], new Node[0]));
        });
        Cluster cluster = new Cluster("c", List.of(), infos, Set.of(), Set.of());
        Map<String, Subscription> subscriptions = new HashMap<>();
        List<String> told = new ArrayList<>();
        for (Member member : members) {
            ByteBuffer userData = member.assignor.subscriptionUserData(new HashSet<>(member.topics));
            boolean isEager = !name.equals("cooperative-sticky");
            Subscription subscription = new Subscription(member.topics, userData, isEager ? List.of() : member.owned,
                member.generation, Optional.empty());
            subscription.setGroupInstanceId(Optional.ofNullable(member.instance));
            ByteBuffer bytes = ConsumerProtocol.serializeSubscription(subscription);
            told.add(String.format("{\"memberId\":\"%s\",\"groupInstanceId\":%s,\"subscription\":\"%s\"}", member.id,
                member.instance == null ? "null" : '"' + member.instance + '"', hex(bytes)));
            subscriptions.put(member.id, subscription);
        }
        Map<String, Assignment> assigned = members.get(0).assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
        List<String> given = new ArrayList<>();
        for (Member member : members) {
            Assignment assignment = assigned.get(member.id);
            member.owned = assignment.partitions();
            member.generation = generation;
            member.assignor.onAssignment(assignment, new ConsumerGroupMetadata("g", generation, member.id, Optional.empty()));
            given.add('"' + member.id + "\":\"" + hex(ConsumerProtocol.serializeAssignment(assignment)) + '"');
        }
        String topics = counts.entrySet().stream().map(e -> '"' + e.getKey() + "\":" + e.getValue()).collect(Collectors.joining(","));
        System.out.printf("{\"assignor\":\"%s\",\"partitionCounts\":{%s},\"members\":[%s],\"assigned\":{%s}}%n", name, topics,
            String.join(",", told), String.join(",", given));
    }

    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }
}
