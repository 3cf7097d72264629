import java.time.Duration;
import java.util.*;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

/**
 * A Java consumer as a member of a group, for tests: GroupMember TOPIC NAME=VALUE... with Kafka's consumer properties. Says on stdout what it is
 * given and what it reads, a line each; ends when its stdin does.
 */
public class GroupMember {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        properties.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        for (int at = 1; at < args.length; at++) {
            int equals = args[at].indexOf('=');
            properties.put(args[at].substring(0, equals), args[at].substring(equals + 1));
        }
        Thread stopper = new Thread(() -> {
            try {
                while (System.in.read() >= 0) { }
            } catch (java.io.IOException ended) { }
            stopped = true;
        });
        stopper.setDaemon(true);
        stopper.start();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(args[0]), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    say("assigned", partitions);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    say("revoked", partitions);
                }

                @Override
                public void onPartitionsLost(Collection<TopicPartition> partitions) {
                    say("lost", partitions);
                }
            });
            while (!stopped) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                for (ConsumerRecord<String, String> record : records)
                    System.out.println("read " + record.partition() + " " + record.offset() + " " + record.value());
                if (!records.isEmpty()) {
                    try {
                        consumer.commitSync();
                    } catch (org.apache.kafka.common.errors.RebalanceInProgressException | CommitFailedException later) {
                        // what was not committed is read once more, by whoever has the partition then
                    }
                }
            }
        }
        System.out.println("closed");
    }

    static volatile boolean stopped = false;

    static void say(String what, Collection<TopicPartition> partitions) {
        String numbers = partitions.stream().map(p -> p.partition()).sorted().map(String::valueOf).collect(Collectors.joining(","));
        System.out.println((what + " " + numbers).trim());
    }
}
